import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Properties;
import org.apache.maven.artifact.repository.MavenArtifactRepository;
import org.apache.maven.artifact.repository.layout.DefaultRepositoryLayout;
import org.apache.maven.repository.DefaultMirrorSelector;
import org.apache.maven.settings.Mirror;
import org.apache.maven.settings.Proxy;
import org.apache.maven.settings.Server;
import org.apache.maven.settings.Settings;
import org.apache.maven.settings.building.DefaultSettingsBuilderFactory;
import org.apache.maven.settings.building.DefaultSettingsBuildingRequest;
import org.apache.maven.settings.building.SettingsBuilder;
import org.apache.maven.settings.building.SettingsBuildingException;
import org.apache.maven.settings.building.StringSettingsSource;

/**
 * Reads a settings.xml in base64 on each line, followed by repositories (id and URL, after tabs), and prints a line of JSON: what Maven
 * reads, and the mirror of each repository. The arguments are properties: NAME=VALUE.
 */
public class SettingsAnswers {
  public static void main(String[] arguments) throws Exception {
    Properties properties = new Properties();
    for (String argument : arguments) properties.setProperty(argument.split("=", 2)[0], argument.split("=", 2)[1]);
    SettingsBuilder builder = new DefaultSettingsBuilderFactory().newInstance();
    PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line; (line = lines.readLine()) != null; ) {
      String[] fields = line.split("\t");
      String text = new String(Base64.getDecoder().decode(fields[0]), StandardCharsets.UTF_8);
      try {
        Settings settings = builder.build(new DefaultSettingsBuildingRequest().setSystemProperties(properties)
            .setUserSettingsSource(new StringSettingsSource(text))).getEffectiveSettings();
        out.println(describe(settings, fields));
      } catch (SettingsBuildingException error) {
        out.println("{\"ok\":false,\"error\":" + quote(String.valueOf(error.getMessage())) + "}");
      }
    }
    out.flush();
  }

  private static String describe(Settings settings, String[] fields) {
    List<String> mirrors = new ArrayList<>();
    for (Mirror mirror : settings.getMirrors())
      mirrors.add(list(mirror.getId(), mirror.getUrl(), mirror.getMirrorOf(), mirror.getMirrorOfLayouts(), "" + mirror.isBlocked()));
    List<String> servers = new ArrayList<>();
    for (Server server : settings.getServers()) servers.add(list(server.getId(), server.getUsername(), server.getPassword()));
    List<String> proxies = new ArrayList<>();
    for (Proxy proxy : settings.getProxies())
      if (proxy.isActive())
        proxies.add(list(proxy.getId(), proxy.getProtocol().toLowerCase(), proxy.getHost(), "" + proxy.getPort(), proxy.getUsername(), proxy.getPassword(), String.valueOf(proxy.getNonProxyHosts()).replace(" ", "").replace("null", "")));
    List<String> chosen = new ArrayList<>();
    for (int index = 1; index + 1 < fields.length; index += 2) {
      Mirror mirror = new DefaultMirrorSelector().getMirror(
          new MavenArtifactRepository(fields[index], fields[index + 1], new DefaultRepositoryLayout(), null, null), settings.getMirrors());
      chosen.add(mirror == null ? "null" : quote(mirror.getId()));
    }
    return "{\"ok\":true,\"localRepository\":" + quote(settings.getLocalRepository()) + ",\"offline\":" + settings.isOffline()
        + ",\"mirrors\":" + mirrors + ",\"servers\":" + servers + ",\"proxies\":" + proxies + ",\"chosen\":" + chosen + "}";
  }

  private static String list(String... values) {
    List<String> quoted = new ArrayList<>();
    for (String value : values) quoted.add(quote(value));
    return quoted.toString();
  }

  private static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    for (char letter : (text == null ? "" : text).toCharArray()) {
      if (letter == '"' || letter == '\\') quoted.append('\\').append(letter);
      else if (letter < 32 || letter > 126) quoted.append(String.format("\\u%04x", (int) letter));
      else quoted.append(letter);
    }
    return quoted.append('"').toString();
  }
}
