import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.apache.maven.artifact.versioning.ComparableVersion;
import org.apache.maven.artifact.versioning.DefaultArtifactVersion;
import org.apache.maven.artifact.versioning.InvalidVersionSpecificationException;
import org.apache.maven.artifact.versioning.VersionRange;
import org.eclipse.aether.util.version.GenericVersionScheme;
import org.eclipse.aether.version.Version;
import org.eclipse.aether.version.VersionConstraint;

/**
 * Answers questions about versions by Maven's two orders: `resolver` is GenericVersionScheme, which graphs use, and `artifact` is
 * maven-artifact, which plugins use. Each line of stdin is a question, and each answer a line of JSON:
 *
 *   compare A B      {"resolver": sign, "artifact": sign}
 *   sort A B ...     {"resolver": [texts]}
 *   range SPEC A ... {"resolver": {"text", "contained": [indexes]}, "artifact": [indexes]}; null for a text that is refused or, for
 *                    `artifact`, is not a range
 *
 * Fields follow tabs. A text is written as the four hexadecimal digits of each of its UTF-16 units, so that it may hold any.
 */
public final class OrderAnswers {
  private static final GenericVersionScheme SCHEME = new GenericVersionScheme();

  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = lines.readLine()) != null; ) {
      String[] fields = line.split("\t", -1);
      List<String> texts = new ArrayList<>();
      for (String field : Arrays.asList(fields).subList(1, fields.length)) texts.add(decode(field));
      switch (fields[0]) {
        case "compare":
          out.println("{\"resolver\":" + Integer.signum(version(texts.get(0)).compareTo(version(texts.get(1)))) + ",\"artifact\":"
              + Integer.signum(new ComparableVersion(texts.get(0)).compareTo(new ComparableVersion(texts.get(1)))) + "}");
          break;
        case "sort":
          out.println("{\"resolver\":" + sorted(texts) + "}");
          break;
        default:
          List<String> candidates = texts.subList(1, texts.size());
          out.println("{\"resolver\":" + ofResolver(texts.get(0), candidates) + ",\"artifact\":" + ofArtifact(texts.get(0), candidates) + "}");
      }
    }
    out.flush();
  }

  private static Version version(String text) throws Exception {
    return SCHEME.parseVersion(text);
  }

  private static String sorted(List<String> texts) throws Exception {
    List<Version> versions = new ArrayList<>();
    for (String text : texts) versions.add(version(text));
    try {
      Collections.sort(versions);
    } catch (IllegalArgumentException intransitive) {
      return "null";
    }
    List<String> names = new ArrayList<>();
    for (Version one : versions) names.add('"' + encode(one.toString()) + '"');
    return names.toString();
  }

  private static String ofResolver(String spec, List<String> candidates) throws Exception {
    try {
      VersionConstraint constraint = SCHEME.parseVersionConstraint(spec);
      List<Integer> contained = new ArrayList<>();
      for (int index = 0; index < candidates.size(); index++)
        if (constraint.containsVersion(version(candidates.get(index)))) contained.add(index);
      return "{\"text\":\"" + encode(constraint.toString()) + "\",\"isRange\":" + (constraint.getRange() != null) + ",\"contained\":" + contained + "}";
    } catch (org.eclipse.aether.version.InvalidVersionSpecificationException refused) {
      return "null";
    }
  }

  private static String ofArtifact(String spec, List<String> candidates) {
    try {
      VersionRange range = VersionRange.createFromVersionSpec(spec);
      if (range == null || !range.hasRestrictions()) return "null";
      List<Integer> contained = new ArrayList<>();
      for (int index = 0; index < candidates.size(); index++)
        if (range.containsVersion(new DefaultArtifactVersion(candidates.get(index)))) contained.add(index);
      return contained.toString();
    } catch (InvalidVersionSpecificationException refused) {
      return "null";
    }
  }

  private static String decode(String field) {
    StringBuilder text = new StringBuilder();
    for (int index = 0; index < field.length(); index += 4) text.append((char) Integer.parseInt(field.substring(index, index + 4), 16));
    return text.toString();
  }

  private static String encode(String text) {
    StringBuilder field = new StringBuilder();
    for (char unit : text.toCharArray()) field.append(String.format("%04x", (int) unit));
    return field.toString();
  }
}
