import KernelBase
import KernelSandbox
import KernelSystem
import KernelWorkers
import Synchronization

/// Runs programs for modules: each is a child of the zygote, behind walls that are made from what
/// the module may reach.
final class ProgramBroker: Sendable {
    static let service = "run"

    typealias ZygoteSource = @Sendable () throws -> Zygote

    private let zygote: ZygoteSource
    /// How many run, by module.
    private let running = Mutex<[String: Int]>([:])

    /// Each costs a process, and a thread here.
    private static let runningMax = 8
    private static let runningOfAllMax = 64
    /// Of an errand without a deadline.
    private static let secondsMax = 3_600.0

    init(zygote: @escaping ZygoteSource) {
        self.zygote = zygote
    }

    /// Returns once the program is being started.
    func begin(_ errand: Errand, _ line: ErrandLine) throws(ErrandRefusal) {
        let order = try ProgramOrder(errand.order)
        let doors = try errand.doors()
        guard doors.execute.contains(where: { PathPlaces.contains($0, order.program) }) else {
            throw ErrandRefusal(
                "starting \(order.program) is refused", missing: .execute, order.program,
                errand.module)
        }
        var request: ProgramRequest
        do {
            request = ProgramRequest(program: order.program, walls: try doors.programWalls())
        } catch {
            throw ErrandRefusal(.denied, "the permissions of \(errand.module): \(error)")
        }
        request.arguments = order.arguments
        request.folder = order.folder
        request.input = errand.body
        request.scratchFolder = doors.scratchFolder
        try enter(errand.module)
        do throws(ErrandRefusal) {
            try start(request, order, errand, line)
        } catch {
            leave(errand.module)
            throw error
        }
    }

    private func start(
        _ request: ProgramRequest, _ order: ProgramOrder, _ errand: Errand, _ line: ErrandLine
    ) throws(ErrandRefusal) {
        var deadline = SystemClock.monotonicNanoseconds + UInt64(Self.secondsMax * 1e9)
        if errand.deadlineNanoseconds != 0 { deadline = min(deadline, errand.deadlineNanoseconds) }
        let module = errand.module
        do {
            let run = try ProgramRun(order, line, deadlineNanoseconds: deadline)
            line.attach(run)
            let zygote = try zygote()
            try SystemThread.start(name: "program") {
                run.work(request, zygote)
                self.leave(module)
            }
        } catch {
            throw ErrandRefusal(.failed, "\(order.program) cannot be started: \(error)")
        }
    }

    private func enter(_ module: String) throws(ErrandRefusal) {
        try running.withLock { running throws(ErrandRefusal) in
            guard running[module, default: 0] < Self.runningMax else {
                throw ErrandRefusal(.limit, "\(module) runs \(Self.runningMax) programs already")
            }
            guard running.values.reduce(0, +) < Self.runningOfAllMax else {
                throw ErrandRefusal(.busy, "the host runs too many programs; try again later")
            }
            running[module, default: 0] += 1
        }
    }

    private func leave(_ module: String) {
        running.withLock { running in
            let left = running[module, default: 1] - 1
            running[module] = left == 0 ? nil : left
        }
    }
}
