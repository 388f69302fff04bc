import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import org.apache.maven.artifact.repository.metadata.Metadata;
import org.apache.maven.artifact.repository.metadata.Plugin;
import org.apache.maven.artifact.repository.metadata.SnapshotVersion;
import org.apache.maven.artifact.repository.metadata.Versioning;
import org.apache.maven.artifact.repository.metadata.io.xpp3.MetadataXpp3Reader;

/** Reads the metadata files N-0.xml, N-1.xml and so on of a folder with Maven's strict reader, merges those of each N, and prints the result. */
public class MergeMetadata {
  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    for (int group = 0; Files.exists(folder.resolve(group + "-0.xml")); group++) {
      Metadata merged = null;
      for (int number = 0; Files.exists(folder.resolve(group + "-" + number + ".xml")); number++) {
        try (Reader reader = Files.newBufferedReader(folder.resolve(group + "-" + number + ".xml"))) {
          Metadata read = new MetadataXpp3Reader().read(reader, true);
          if (merged == null) merged = read;
          else merged.merge(read);
        }
      }
      System.out.println(describe(merged));
    }
  }

  private static String describe(Metadata metadata) {
    Versioning versioning = metadata.getVersioning() == null ? new Versioning() : metadata.getVersioning();
    StringBuilder plugins = new StringBuilder();
    for (Plugin plugin : metadata.getPlugins()) plugins.append(plugin.getPrefix()).append('=').append(plugin.getArtifactId()).append(' ');
    StringBuilder files = new StringBuilder();
    for (SnapshotVersion file : versioning.getSnapshotVersions())
      files.append(file.getClassifier()).append('.').append(file.getExtension()).append('=').append(file.getVersion()).append(' ');
    return String.join(
        "|",
        metadata.getGroupId(),
        metadata.getArtifactId(),
        String.join(" ", new TreeSet<String>(versioning.getVersions())),
        String.valueOf(versioning.getLatest()),
        String.valueOf(versioning.getRelease()),
        String.valueOf(versioning.getLastUpdated()),
        plugins.toString().trim(),
        files.toString().trim());
  }
}
