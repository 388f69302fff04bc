import java.net.Socket;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/** Connects to a port of this machine by TLS, and expects the certificate of the given name, as a client of https does. */
public class Handshake {
  public static void main(String[] words) throws Exception {
    int port = Integer.parseInt(words[1]);
    SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
    try (Socket plain = new Socket("127.0.0.1", port);
        SSLSocket socket = (SSLSocket) factory.createSocket(plain, words[0], port, true)) {
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.startHandshake();
    }
  }
}
