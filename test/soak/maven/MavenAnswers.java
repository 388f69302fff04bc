import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.maven.model.building.ModelBuildingException;
import org.apache.maven.model.building.ModelProblem;
import org.apache.maven.model.resolution.UnresolvableModelException;
import org.apache.maven.repository.internal.MavenRepositorySystemUtils;
import org.eclipse.aether.AbstractRepositoryListener;
import org.eclipse.aether.DefaultRepositoryCache;
import org.eclipse.aether.DefaultRepositorySystemSession;
import org.eclipse.aether.RepositoryEvent;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.collection.CollectRequest;
import org.eclipse.aether.collection.CollectResult;
import org.eclipse.aether.collection.DependencyCollectionException;
import org.eclipse.aether.collection.UnsolvableVersionConflictException;
import org.eclipse.aether.connector.basic.BasicRepositoryConnectorFactory;
import org.eclipse.aether.graph.Dependency;
import org.eclipse.aether.graph.DependencyFilter;
import org.eclipse.aether.graph.DependencyNode;
import org.eclipse.aether.graph.Exclusion;
import org.eclipse.aether.impl.DefaultServiceLocator;
import org.eclipse.aether.repository.LocalRepository;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.repository.RepositoryPolicy;
import org.eclipse.aether.resolution.ArtifactDescriptorException;
import org.eclipse.aether.resolution.ArtifactDescriptorRequest;
import org.eclipse.aether.resolution.ArtifactDescriptorResult;
import org.eclipse.aether.resolution.VersionRangeResolutionException;
import org.eclipse.aether.resolution.VersionResolutionException;
import org.eclipse.aether.spi.connector.RepositoryConnectorFactory;
import org.eclipse.aether.spi.connector.transport.TransporterFactory;
import org.eclipse.aether.transport.file.FileTransporterFactory;
import org.eclipse.aether.util.filter.DependencyFilterUtils;
import org.eclipse.aether.util.graph.visitor.FilteringDependencyVisitor;
import org.eclipse.aether.util.graph.visitor.PreorderNodeListGenerator;
import org.eclipse.aether.util.repository.SimpleArtifactDescriptorPolicy;
import org.eclipse.aether.version.InvalidVersionSpecificationException;

/**
 * Asks the real Maven Resolver. Each line of stdin is a question, its fields separated by tabs: `deps`, `root` or `descriptor`, then
 * `+coord|scope|optional|exclusion,exclusion` for each dependency and `=coord|…` for each managed one. Each answer is a line of JSON.
 *
 * usage: java -cp RESOLVER MavenAnswers.java REPOSITORY SCRATCH < questions
 */
public final class MavenAnswers {
  private final RepositorySystem system;
  private final DefaultRepositorySystemSession session = MavenRepositorySystemUtils.newSession();
  private final List<RemoteRepository> repositories;
  private final List<String> problems = new ArrayList<>();

  private MavenAnswers(File repository, File scratch) {
    DefaultServiceLocator locator = MavenRepositorySystemUtils.newServiceLocator();
    locator.addService(RepositoryConnectorFactory.class, BasicRepositoryConnectorFactory.class);
    locator.addService(TransporterFactory.class, FileTransporterFactory.class);
    system = locator.getService(RepositorySystem.class);
    session.setLocalRepositoryManager(system.newLocalRepositoryManager(session, new LocalRepository(scratch)));
    session.setIgnoreArtifactDescriptorRepositories(true);
    session.setChecksumPolicy(RepositoryPolicy.CHECKSUM_POLICY_IGNORE);
    session.setUpdatePolicy(RepositoryPolicy.UPDATE_POLICY_NEVER);
    session.setSystemProperties(machine());
    session.setRepositoryListener(new AbstractRepositoryListener() {
      @Override
      public void artifactDescriptorInvalid(RepositoryEvent event) {
        add(event, "invalid");
      }

      @Override
      public void artifactDescriptorMissing(RepositoryEvent event) {
        add(event, "missing");
      }

      private void add(RepositoryEvent event, String kind) {
        String problem = "{\"artifact\":" + quote(nameOf(event.getArtifact())) + ",\"kind\":" + quote(kind)
            + (kind.equals("invalid") ? ",\"reason\":" + quote(reasonOf(event.getException())) : "") + "}";
        if (!problems.contains(problem)) problems.add(problem);
      }
    });
    RepositoryPolicy always = new RepositoryPolicy(true, RepositoryPolicy.UPDATE_POLICY_NEVER, RepositoryPolicy.CHECKSUM_POLICY_IGNORE);
    repositories = List.of(new RemoteRepository.Builder("random", "default", repository.toURI().toString())
        .setReleasePolicy(always).setSnapshotPolicy(always).build());
  }

  public static void main(String[] arguments) throws Exception {
    MavenAnswers maven = new MavenAnswers(new File(arguments[0]), new File(arguments[1]));
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = questions.readLine()) != null; ) out.println(maven.answer(line.split("\t")));
    out.flush();
  }

  /** The machine that the corpus describes, too. */
  private static Map<String, String> machine() {
    Map<String, String> machine = new TreeMap<>();
    String[] pairs = {"java.version", "17", "java.specification.version", "17", "java.vendor", "Conformance", "java.home", "/opt/java",
      "os.name", "Linux", "os.arch", "amd64", "os.version", "6.1", "user.home", "/home/user", "user.name", "user", "user.dir",
      "/home/user", "file.separator", "/", "path.separator", ":", "line.separator", "\n", "file.encoding", "UTF-8"};
    for (int index = 0; index < pairs.length; index += 2) machine.put(pairs[index], pairs[index + 1]);
    return machine;
  }

  private String answer(String[] fields) {
    problems.clear();
    // A descriptor from the cache of an earlier question would report no problem.
    session.setCache(new DefaultRepositoryCache());
    List<Dependency> dependencies = new ArrayList<>();
    List<Dependency> managed = new ArrayList<>();
    for (int index = 1; index < fields.length; index++) {
      boolean isManaged = fields[index].charAt(0) == '=';
      (isManaged ? managed : dependencies).add(dependency(fields[index].substring(1), isManaged ? "" : "compile"));
    }
    try {
      if (fields[0].equals("descriptor")) return describe(dependencies.get(0).getArtifact());
      CollectRequest request = new CollectRequest().setRepositories(repositories).setManagedDependencies(managed);
      if (fields[0].equals("root")) request.setRoot(dependencies.get(0));
      else request.setDependencies(dependencies);
      return resolved(system.collectDependencies(session, request));
    } catch (DependencyCollectionException error) {
      return failed(error, error.getResult());
    } catch (ArtifactDescriptorException error) {
      return "{\"ok\":false,\"reason\":" + quote(reasonOf(error)) + "}";
    } catch (StackOverflowError error) {
      return "{\"ok\":false,\"errors\":[{\"type\":\"StackOverflowError\",\"reason\":\"relocation-cycle\"}]}";
    }
  }

  private static Dependency dependency(String text, String defaultScope) {
    String[] parts = text.split("\\|", -1);
    List<Exclusion> exclusions = new ArrayList<>();
    for (String exclusion : parts[3].split(",")) {
      if (exclusion.isEmpty()) continue;
      String[] names = exclusion.split(":");
      exclusions.add(new Exclusion(names[0], names[1], names.length > 2 ? names[2] : "*", names.length > 3 ? names[3] : "*"));
    }
    Boolean optional = parts[2].isEmpty() ? null : Boolean.valueOf(parts[2]);
    return new Dependency(new DefaultArtifact(parts[0]), parts[1].isEmpty() ? defaultScope : parts[1], optional, exclusions);
  }

  private String resolved(CollectResult result) {
    List<String> order = new ArrayList<>();
    List<String> depth = new ArrayList<>();
    List<String> optional = new ArrayList<>();
    List<String> relocated = new ArrayList<>();
    walk(result.getRoot(), 0, order, depth, optional, relocated);
    List<String> runtime = new ArrayList<>();
    List<String> compile = new ArrayList<>();
    filter(result.getRoot(), DependencyFilterUtils.classpathFilter("runtime"), runtime);
    filter(result.getRoot(), DependencyFilterUtils.classpathFilter("compile"), compile);
    return "{\"ok\":true,\"order\":" + quoteAll(order) + ",\"depth\":" + depth
        + (optional.isEmpty() ? "" : ",\"optional\":" + optional) + (relocated.isEmpty() ? "" : ",\"relocated\":" + relocated)
        + ",\"runtime\":" + quoteAll(runtime) + ",\"compile\":" + quoteAll(compile)
        + (result.getCycles().isEmpty() ? "" : ",\"cycles\":" + result.getCycles().size())
        + (problems.isEmpty() ? "" : ",\"problems\":" + problems) + "}";
  }

  private static void walk(DependencyNode node, int level, List<String> order, List<String> depth, List<String> optional, List<String> relocated) {
    Dependency dependency = node.getDependency();
    if (dependency != null) {
      int index = order.size();
      order.add(nameOf(dependency.getArtifact()) + ":" + dependency.getScope());
      depth.add(String.valueOf(level));
      if (dependency.isOptional()) optional.add(String.valueOf(index));
      if (!node.getRelocations().isEmpty())
        relocated.add("{\"node\":" + index + ",\"from\":" + quoteArtifacts(node.getRelocations()) + "}");
    }
    for (DependencyNode child : node.getChildren()) walk(child, level + 1, order, depth, optional, relocated);
  }

  private static void filter(DependencyNode root, DependencyFilter filter, List<String> names) {
    PreorderNodeListGenerator nodes = new PreorderNodeListGenerator();
    root.accept(new FilteringDependencyVisitor(nodes, filter));
    for (Dependency dependency : nodes.getDependencies(true)) names.add(nameOf(dependency.getArtifact()) + ":" + dependency.getScope());
    Collections.sort(names);
  }

  private String describe(Artifact artifact) throws ArtifactDescriptorException {
    DefaultRepositorySystemSession strict = new DefaultRepositorySystemSession(session);
    strict.setArtifactDescriptorPolicy(new SimpleArtifactDescriptorPolicy(false, false));
    ArtifactDescriptorResult result = system.readArtifactDescriptor(strict, new ArtifactDescriptorRequest(artifact, repositories, ""));
    return "{\"ok\":true,\"artifact\":" + quote(nameOf(result.getArtifact()))
        + (result.getRelocations().isEmpty() ? "" : ",\"relocations\":" + quoteArtifacts(result.getRelocations()))
        + ",\"dependencies\":" + describeAll(result.getDependencies()) + ",\"managedCount\":" + result.getManagedDependencies().size()
        + ",\"managed\":" + describeAll(result.getManagedDependencies()) + "}";
  }

  private static String describeAll(List<Dependency> dependencies) {
    List<String> texts = new ArrayList<>();
    for (Dependency dependency : dependencies) {
      List<String> exclusions = new ArrayList<>();
      for (Exclusion exclusion : dependency.getExclusions()) exclusions.add(exclusion.getGroupId() + ":" + exclusion.getArtifactId());
      texts.add("{\"coord\":" + quote(nameOf(dependency.getArtifact()))
          + (dependency.getScope().isEmpty() ? "" : ",\"scope\":" + quote(dependency.getScope()))
          + (dependency.getOptional() == null ? "" : ",\"optional\":" + dependency.getOptional())
          + (exclusions.isEmpty() ? "" : ",\"exclusions\":" + quoteAll(exclusions)) + "}");
    }
    return texts.toString();
  }

  private static String failed(DependencyCollectionException error, CollectResult result) {
    List<Throwable> causes = new ArrayList<>(result == null ? List.of() : result.getExceptions());
    if (causes.isEmpty()) causes.add(error.getCause() == null ? error : error.getCause());
    List<String> texts = new ArrayList<>();
    for (Throwable cause : causes) texts.add("{\"type\":" + quote(cause.getClass().getSimpleName()) + ",\"reason\":" + quote(reasonOf(cause)) + "}");
    return "{\"ok\":false,\"errors\":" + texts + "}";
  }

  /** The words of the corpus. */
  private static String reasonOf(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnsolvableVersionConflictException) return "unsolvable-version-conflict";
      if (cause instanceof InvalidVersionSpecificationException) return "invalid-range";
      if (cause instanceof ModelBuildingException) return reasonOf((ModelBuildingException) cause);
      if (cause instanceof UnresolvableModelException) return reasonOf((UnresolvableModelException) cause);
      if (cause instanceof VersionResolutionException) return "version-unresolvable";
      if (cause instanceof VersionRangeResolutionException && cause.getCause() == null) return "no-version-in-range";
    }
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      String text = String.valueOf(cause.getMessage());
      if (text.contains("relocations form a cycle")) return "relocation-cycle";
      if (text.contains("Could not find artifact")) return "missing";
    }
    return "other: " + error.getMessage();
  }

  private static String reasonOf(UnresolvableModelException error) {
    String text = String.valueOf(error.getMessage());
    return text.contains("No versions matched") || text.contains("does not specify an upper bound")
        ? "parent-or-import-range-unsatisfied"
        : "unresolvable-parent-or-import-pom " + error.getGroupId() + ":" + error.getArtifactId() + ":" + error.getVersion();
  }

  private static String reasonOf(ModelBuildingException error) {
    String first = null;
    for (ModelProblem problem : error.getProblems()) {
      String reason = reasonOf(problem);
      if (reason == null) continue;
      if (!reason.startsWith("other: ") && !reason.equals("profile") && !reason.equals("interpolation-cycle")) return reason;
      if (first == null) first = reason;
    }
    return first == null ? "other: " + error.getMessage() : first;
  }

  /** A word, `other: …`, or null for a warning. */
  private static String reasonOf(ModelProblem problem) {
    String text = problem.getMessage();
    if (problem.getException() instanceof UnresolvableModelException)
      return reasonOf((UnresolvableModelException) problem.getException());
    if (problem.getSeverity() == ModelProblem.Severity.WARNING) return null;
    if (text.contains("Non-parseable") || text.contains("Non-readable")) return "malformed-xml";
    if (text.contains("parents form a cycle")) return "parent-cycle";
    if (text.contains("scope=import form a cycle")) return "import-cycle";
    if (text.contains("must not point at current model") || text.contains("cannot have the same groupId")) return "parent-is-self";
    if (text.startsWith("Failed to determine activation") || text.contains("required to activate the profile")) return "profile";
    if (text.contains("recursive expression cycle")) return "interpolation-cycle";
    if (text.contains("Invalid packaging for parent POM")) return "parent-packaging-not-pom";
    if (text.matches("(?s)'dependencies.dependency.version' for .* is missing.*")) return "dependency-version-missing";
    return text.contains("is missing") ? "required-element-missing" : "other: " + problem.getSeverity() + " " + text;
  }

  private static String nameOf(Artifact artifact) {
    return artifact.getGroupId() + ":" + artifact.getArtifactId() + ":" + artifact.getExtension()
        + (artifact.getClassifier().isEmpty() ? "" : ":" + artifact.getClassifier()) + ":" + artifact.getVersion();
  }

  private static String quoteArtifacts(Collection<? extends Artifact> artifacts) {
    List<String> names = new ArrayList<>();
    for (Artifact artifact : artifacts) names.add(nameOf(artifact));
    return quoteAll(names);
  }

  private static String quoteAll(List<String> texts) {
    List<String> quoted = new ArrayList<>();
    for (String text : texts) quoted.add(quote(text));
    return quoted.toString();
  }

  private static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char letter : text.toCharArray()) {
      if (letter == '"' || letter == '\\') quoted.append('\\').append(letter);
      else if (letter < 32 || letter > 126) quoted.append(String.format("\\u%04x", (int) letter));
      else quoted.append(letter);
    }
    return quoted.append('"').toString();
  }
}
