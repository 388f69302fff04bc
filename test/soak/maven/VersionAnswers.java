import java.io.BufferedReader;
import java.io.File;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.apache.maven.repository.internal.MavenRepositorySystemUtils;
import org.eclipse.aether.DefaultRepositorySystemSession;
import org.eclipse.aether.RepositorySystem;
import org.eclipse.aether.artifact.Artifact;
import org.eclipse.aether.artifact.DefaultArtifact;
import org.eclipse.aether.connector.basic.BasicRepositoryConnectorFactory;
import org.eclipse.aether.impl.DefaultServiceLocator;
import org.eclipse.aether.repository.LocalRepository;
import org.eclipse.aether.repository.RemoteRepository;
import org.eclipse.aether.repository.RepositoryPolicy;
import org.eclipse.aether.resolution.VersionRangeRequest;
import org.eclipse.aether.resolution.VersionRangeResolutionException;
import org.eclipse.aether.resolution.VersionRequest;
import org.eclipse.aether.resolution.VersionResolutionException;
import org.eclipse.aether.spi.connector.RepositoryConnectorFactory;
import org.eclipse.aether.spi.connector.transport.TransporterFactory;
import org.eclipse.aether.transport.file.FileTransporterFactory;
import org.eclipse.aether.version.Version;

/**
 * Asks the real Maven Resolver which version a request stands for. Each line of stdin is a question: the name of a case and a coordinate,
 * separated by a tab. The folder of a case has a local repository, `local`, and repositories that are asked in the order of their names.
 * Each answer is a line of JSON: the versions in a range, the last one first, or the one version; none if Maven finds none.
 *
 * usage: java -cp RESOLVER VersionAnswers.java CASES < questions
 */
public final class VersionAnswers {
  public static void main(String[] arguments) throws Exception {
    DefaultServiceLocator locator = MavenRepositorySystemUtils.newServiceLocator();
    locator.addService(RepositoryConnectorFactory.class, BasicRepositoryConnectorFactory.class);
    locator.addService(TransporterFactory.class, FileTransporterFactory.class);
    RepositorySystem system = locator.getService(RepositorySystem.class);
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    BufferedReader questions = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = questions.readLine()) != null; ) {
      String[] fields = line.split("\t");
      File folder = new File(arguments[0], fields[0]);
      DefaultRepositorySystemSession session = MavenRepositorySystemUtils.newSession();
      session.setLocalRepositoryManager(system.newLocalRepositoryManager(session, new LocalRepository(new File(folder, "local"))));
      session.setUpdatePolicy(RepositoryPolicy.UPDATE_POLICY_ALWAYS);
      session.setChecksumPolicy(RepositoryPolicy.CHECKSUM_POLICY_IGNORE);
      List<String> versions = answer(system, session, repositoriesOf(folder), new DefaultArtifact(fields[1]));
      StringBuilder text = new StringBuilder("{\"versions\":[");
      for (String version : versions)
        text.append(text.charAt(text.length() - 1) == '[' ? "" : ",").append('"').append(version.replace("\\", "\\\\").replace("\"", "\\\"")).append('"');
      out.println(text.append("]}"));
    }
    out.flush();
  }

  private static List<RemoteRepository> repositoriesOf(File folder) {
    RepositoryPolicy always = new RepositoryPolicy(true, RepositoryPolicy.UPDATE_POLICY_ALWAYS, RepositoryPolicy.CHECKSUM_POLICY_IGNORE);
    List<RemoteRepository> repositories = new ArrayList<>();
    for (String name : new String[] {"a", "b"}) {
      File repository = new File(folder, name);
      if (repository.isDirectory())
        repositories.add(new RemoteRepository.Builder(name, "default", repository.toURI().toString()).setPolicy(always).build());
    }
    return repositories;
  }

  private static List<String> answer(
      RepositorySystem system, DefaultRepositorySystemSession session, List<RemoteRepository> repositories, Artifact artifact) {
    List<String> versions = new ArrayList<>();
    try {
      if (artifact.getVersion().matches("[\\[(].*")) {
        for (Version version : system.resolveVersionRange(session, new VersionRangeRequest(artifact, repositories, null)).getVersions())
          versions.add(0, version.toString());
      } else {
        versions.add(system.resolveVersion(session, new VersionRequest(artifact, repositories, null)).getVersion());
      }
    } catch (VersionRangeResolutionException | VersionResolutionException none) {
      versions.clear();
    }
    return versions;
  }
}
