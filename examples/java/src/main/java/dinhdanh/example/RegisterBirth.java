package dinhdanh.example;

import com.google.protobuf.util.JsonFormat;
import dinhdanh.v1.Issuance.GetIssuanceRequest;
import dinhdanh.v1.Issuance.IssueNumberRequest;
import dinhdanh.v1.IssuanceServiceGrpc;
import dinhdanh.v1.IssuanceServiceGrpc.IssuanceServiceBlockingStub;
import dinhdanh.v1.Registration.BirthRegistration;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import java.util.concurrent.TimeUnit;

/** Registers a birth, asks what became of it, and shows what an error says. */
public final class RegisterBirth {
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private RegisterBirth() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments.length != 4) {
            System.err.println("arguments: SERVER CERTIFICATES REQUEST_ID BIRTH, such as");
            System.err.println("127.0.0.1:7400 certs 019ab0c4-5b00-7000-8000-000000000001 birth.json");
            System.exit(2);
        }
        // A registration system makes the id and keeps it beside its own record before it sends anything: an id that is
        // made anew after a crash is another request.
        var requestId = arguments[2];
        var registration = BirthRegistration.newBuilder();
        JsonFormat.parser().merge(Files.readString(Path.of(arguments[3])), registration);
        var channel = Connection.to(arguments[0], Path.of(arguments[1]));
        try {
            issue(channel, requestId, registration.build());
            ask(channel, requestId);
            showError(channel, registration.build());
        } finally {
            channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
        }
    }

    private static void issue(ManagedChannel channel, String requestId, BirthRegistration registration)
            throws InterruptedException {
        var request =
                IssueNumberRequest.newBuilder().setRequestId(requestId).setRegistration(registration).build();
        var answer = SendAgain.untilAnswered(channel::resetConnectBackoff, () -> office(channel, "vi").issueNumber(request));
        if (answer.hasIssued()) {
            OUT.printf("number %s, replayed: %s%n", answer.getIssued().getNumber(), answer.getReplayed());
        } else {
            // An ordinary outcome: the certificate is written without a number, which is attached once the case is decided.
            var review = answer.getUnderReview();
            OUT.printf("under review, case %s: %s%n", review.getCaseId(), review.getAdvice().getMessage());
        }
    }

    private static void ask(ManagedChannel channel, String requestId) throws InterruptedException {
        var request = GetIssuanceRequest.newBuilder().setRequestId(requestId).build();
        var answer = SendAgain.untilAnswered(channel::resetConnectBackoff, () -> office(channel, "vi").getIssuance(request));
        OUT.printf("asked again: number %s%n", answer.getIssued().getNumber());
    }

    /** A form may be checked before it is sent in earnest; nothing is written. */
    private static void showError(ManagedChannel channel, BirthRegistration registration) throws InterruptedException {
        var nameless = registration.toBuilder();
        nameless.getChildBuilder().clearFullName();
        var request =
                IssueNumberRequest.newBuilder()
                        .setRequestId(UUID.randomUUID().toString())
                        .setRegistration(nameless)
                        .setValidateOnly(true)
                        .build();
        for (var language : new String[] {"vi", "en"}) {
            try {
                SendAgain.untilAnswered(
                        channel::resetConnectBackoff, () -> office(channel, language).issueNumber(request));
                throw new IllegalStateException("a child without a name was taken");
            } catch (StatusRuntimeException error) {
                var problem = Problem.of(error);
                OUT.printf("%s / %s, %s: %s%n", problem.code(), problem.reason(), language, problem.text());
                problem.fields().forEach(field -> OUT.printf("  %s: %s%n", field.getField(), field.getDescription()));
            }
        }
    }

    private static IssuanceServiceBlockingStub office(ManagedChannel channel, String language) {
        return Connection.speaking(language, IssuanceServiceGrpc.newBlockingStub(channel));
    }
}
