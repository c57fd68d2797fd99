package dinhdanh.example;

import com.google.gson.Gson;
import io.grpc.Grpc;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;

/** A connection on which this office proves by its certificate who it is. */
final class Connection {
    private static final String OFFICE = "registrar-26734";

    private Connection() {}

    /** The files are those that {@code dinhdanh certs} makes. The key is PKCS #8, in PEM. */
    static ManagedChannel to(String server, Path certificates) throws IOException {
        var credentials =
                TlsChannelCredentials.newBuilder()
                        .trustManager(certificates.resolve("ca.pem").toFile())
                        .keyManager(
                                certificates.resolve(OFFICE + ".pem").toFile(),
                                certificates.resolve(OFFICE + ".key").toFile())
                        .build();
        return Grpc.newChannelBuilder(server, credentials)
                .defaultServiceConfig(serviceConfig())
                .enableRetry()
                .build();
    }

    @SuppressWarnings("unchecked")
    private static Map<String, ?> serviceConfig() throws IOException {
        try (Reader reader =
                new InputStreamReader(
                        Connection.class.getResourceAsStream("/service-config.json"), StandardCharsets.UTF_8)) {
            return new Gson().fromJson(reader, Map.class);
        }
    }

    /** A stub whose calls ask for texts in a language, and say which officer calls and what for. */
    static <S extends AbstractStub<S>> S speaking(String language, S stub) {
        var metadata = new Metadata();
        metadata.put(key("accept-language"), language);
        metadata.put(key("x-dinhdanh-officer"), "officer-7");
        metadata.put(key("x-dinhdanh-purpose"), "REGISTER");
        return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(metadata));
    }

    private static Metadata.Key<String> key(String name) {
        return Metadata.Key.of(name, Metadata.ASCII_STRING_MARSHALLER);
    }
}
