import KernelBase
import KernelBus
import KernelSystem

/// Calls on the bus of a session, one after the other, each of which a thread waits for. They go
/// over one connection, which ends with this.
final class BusConversation {
    private let client: BusClient

    private static let idleSeconds = 60.0

    init(_ address: String) {
        client = BusClient(
            BusAddresses(session: address, system: address), idleSeconds: Self.idleSeconds)
    }

    deinit { client.close() }

    func answer(to call: BusCall, seconds: Double) -> Result<BusAnswer, BusFailure> {
        let ear = Ear()
        var order = BusOrder(account: "kernel", bus: .session, .call(call), ear)
        order.deadlineNanoseconds =
            SystemClock.monotonicNanoseconds + SystemClock.nanoseconds(ofSeconds: seconds)
        client.begin(order)
        // The order has a deadline, so that there is an end.
        return ear.end.wait { $0 } ?? .failure(BusFailure(.deadline, "there was no answer"))
    }

    private final class Ear: BusListener {
        let end = Condition<Result<BusAnswer, BusFailure>?>(nil)

        var isFull: Bool { false }
        func heard(_ news: BusNews) {}
        func answered(_ answer: BusAnswer) { set(.success(answer)) }
        func ended(_ failure: BusFailure) { set(.failure(failure)) }

        private func set(_ result: Result<BusAnswer, BusFailure>) {
            end.withLock { $0 = result }
            end.broadcast()
        }
    }
}
