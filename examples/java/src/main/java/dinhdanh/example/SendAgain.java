package dinhdanh.example;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;

/**
 * The rule for whoever gets no answer: send the same request, with the same id, again. A request is decided once, so that
 * is always right.
 *
 * <p>This goes around gRPC's own retries, which the service config asks for. Those are five at most, keep no longer than
 * one deadline, and know the wait that UNAVAILABLE carries, but not RetryInfo.
 */
final class SendAgain {
    private static final Set<Status.Code> AGAIN =
            EnumSet.of(
                    Status.Code.UNAVAILABLE,
                    Status.Code.ABORTED,
                    Status.Code.RESOURCE_EXHAUSTED,
                    Status.Code.DEADLINE_EXCEEDED,
                    Status.Code.CANCELLED,
                    Status.Code.UNKNOWN,
                    Status.Code.INTERNAL);
    private static final Duration PATIENCE = Duration.ofMinutes(5);
    private static final Duration FIRST_WAIT = Duration.ofMillis(100);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private SendAgain() {}

    /** Calls until there is an answer, be it a refusal. */
    static <T> T untilAnswered(Runnable reconnect, Supplier<T> call) throws InterruptedException {
        var end = Instant.now().plus(PATIENCE);
        var backoff = FIRST_WAIT;
        while (true) {
            try {
                return call.get();
            } catch (StatusRuntimeException error) {
                var problem = Problem.of(error);
                // From here on nothing is known: the request must be kept, and sent again some other time.
                if (!AGAIN.contains(problem.code()) || Instant.now().isAfter(end)) {
                    throw error;
                }
                var wait = spread(problem.retryAfter().orElse(backoff));
                System.err.printf("%s %s: sending again in %d ms%n", problem.code(), problem.reason(), wait.toMillis());
                Thread.sleep(wait.toMillis());
                backoff = backoff.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? backoff.multipliedBy(2) : LONGEST_WAIT;
                // Otherwise a channel waits by itself, up to two minutes, before it tries to connect once more.
                reconnect.run();
            }
        }
    }

    /** Up to half as long again, never less, so that offices that failed together do not come back together. */
    private static Duration spread(Duration wait) {
        return wait.plusMillis(ThreadLocalRandom.current().nextLong(wait.toMillis() / 2 + 1));
    }
}
