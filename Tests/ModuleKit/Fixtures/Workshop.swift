import Glibc
import ModuleJSON
import ModuleKit
import Synchronization

/// A module with one task for every way that a call can go.
final class Workshop: Module {
    static let manifest = Manifest(
        id: "workshop", version: "2.1.0", about: "Tries everything.",
        permissions: Manifest.Permissions(read: ["/etc"], network: ["localhost:80"]),
        provides: [.init("storage", version: "1.0.0")],
        requires: [.init("clock", range: ">=1 <2", optional: true)])
    static let tasks: [TaskOf<Workshop>] = [
        TaskOf("bytes", "Turns bytes round.", risk: .read, run: reversed),
        TaskOf("sum", "Adds.", mode: .main, risk: .write, timeoutSeconds: 5, run: sum),
        TaskOf("nothing", "Returns nothing.", risk: .danger, idempotent: true, run: nothing),
        TaskOf("fail", "Fails.", risk: .read, run: fail),
        TaskOf("throw-other", "Throws an error of its own.", risk: .read, run: throwOther),
        TaskOf("wait", "Waits until it is cancelled.", risk: .read, run: wait),
        TaskOf("spin", "Polls until it is cancelled.", risk: .read, run: spin),
        TaskOf("report", "Reports.", risk: .read, run: report),
        TaskOf("threads", "Says where it runs.", risk: .read, run: threads),
        TaskOf("linger", "Goes on after its end.", risk: .read, run: linger),
        TaskOf("nan", "Returns what JSON cannot say.", risk: .read, run: notANumber),
        TaskOf("deadline", "Says how much time it has.", risk: .read, run: deadline),
    ]

    struct Sum: Arguments {
        @Argument("What to add.", length: 1...100) var numbers: [Double]
        var options = Options()

        struct Options: Arguments {
            @Argument("Added to each.", default: 0, in: 0...) var offset: Double
        }
    }

    struct Total: Encodable {
        var total: Double
        var count: Int
    }

    struct Refusal: Error, CustomStringConvertible {
        var description: String { "the paint is wet" }
    }

    init(_ host: Host) {
        host.log(.info, "\(host.id) is here")
    }

    func reversed(_ bytes: [UInt8], _ call: Call) async throws -> Bytes { Bytes(bytes.reversed()) }

    func sum(_ arguments: Sum, _ call: Call) async throws -> Total {
        let numbers = arguments.numbers.map { $0 + arguments.options.offset }
        return Total(total: numbers.reduce(0, +), count: numbers.count)
    }

    func nothing(_ call: Call) async throws {}

    func fail(_ call: Call) async throws {
        throw Failure("there is no such shelf", .notFound)
    }

    func throwOther(_ call: Call) async throws { throw Refusal() }

    func wait(_ call: Call) async throws {
        call.progress(0, "waiting")
        try await Task.sleep(for: .seconds(60))
    }

    func spin(_ call: Call) async throws {
        call.progress(nil)
        while true { try call.checkCancellation() }
    }

    func report(_ call: Call) async throws -> String {
        call.progress(0.25, "a quarter")
        call.progress(nil, "some")
        call.progress(7)
        try call.output("one ")
        await Task.yield()
        try call.output("two")
        call.log(.warning, "careful")
        return "done"
    }

    /// The threads before and after a suspension, of a child task, and the call's mode.
    func threads(_ call: Call) async throws -> [String] {
        let before = currentThread()
        await Task.yield()
        let after = currentThread()
        async let child = currentThreadLater()
        return [before, after, await child, call.mode.name]
    }

    func linger(_ call: Call) async throws -> String {
        Task.detached {
            for _ in 0..<100 {
                call.progress(0.5)
                try? call.output("late")
                call.log(.info, "late")
                await Task.yield()
            }
        }
        return "gone"
    }

    func notANumber(_ call: Call) async throws -> [Double] { [1, .nan] }

    func deadline(_ call: Call) async throws -> Bool {
        guard let deadline = call.deadline else { return false }
        let left = SuspendingClock.now.duration(to: deadline)
        return left > .seconds(50) && left <= .seconds(60)
    }
}

private func currentThread() -> String { String(UInt(pthread_self())) }

private func currentThreadLater() async -> String {
    await Task.yield()
    return currentThread()
}
