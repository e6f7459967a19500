import KernelFlight
import KernelSystem

/// The process that starts the kernel and looks after it: holds what must outlive a kernel, which
/// is the terminal's settings and the listening socket, and starts another when one dies. It has
/// one thread, and does nothing else.
package struct Parent: ~Copyable {
    private let order: ParentOrder
    private let terminal: TerminalSettings?
    private let socket: ParentSocket
    private var reporter: CrashReporter
    private var life: ParentLife
    private var region: FlightRegion?
    /// Nil while there is none.
    private var kernel: Int32?
    private var startedNanoseconds: UInt64 = 0
    private var lastEnd: ChildProcess.End?
    /// When a kernel that was told to end is ended.
    private var patienceNanoseconds: UInt64?

    /// A kernel that is told to end gives its modules ten seconds.
    private static let patience: UInt64 = 15_000_000_000
    private static let cannotStart: Int32 = 70
    private static let backtracer = "SWIFT_BACKTRACE"

    package init(_ order: ParentOrder) {
        self.order = order
        Supervision.begin()
        terminal = TerminalSettings()
        socket = ParentSocket(order)
        reporter = CrashReporter(stateFolder: order.stateFolder)
        life = ParentLife(
            restarts: order.restarts, isSafe: order.arguments.contains("--safe-mode"))
    }

    /// Returns the exit status, or ends as the kernel did.
    package mutating func run() -> Int32 {
        var action = life.firstAction
        while true {
            switch action {
            case .start(let isSafe):
                action = start(isSafe: isSafe)
                reporter.finish()
            case .goOn: action = next()
            case .wait(let nanoseconds): action = wait(nanoseconds)
            case .end(let status): return finish(status)
            case .giveUp(let status):
                StandardStreams.complain(
                    "kernel: it crashed again in safe mode and is not started any more; "
                        + "the reports are in \(reporter.folder.path)")
                return finish(status)
            }
        }
    }

    // MARK: The kernel

    /// What is missing now (memory, processes) may be there later.
    private mutating func start(isSafe: Bool) -> ParentLife.Action {
        do {
            let region = try FlightRegion()
            kernel = try Supervision.start(description(region, isSafe: isSafe))
            self.region = region
            startedNanoseconds = SystemClock.monotonicNanoseconds
            return .goOn
        } catch {
            return notStarted("\(error)")
        }
    }

    private mutating func notStarted(_ reason: String?) -> ParentLife.Action {
        let action = life.next(.notStarted(status: Self.cannotStart))
        let why = reason.map { ": \($0)" } ?? ""
        StandardStreams.complain("kernel: it could not be started\(why)\(Self.words(action))")
        return action
    }

    private func description(_ region: FlightRegion, isSafe: Bool) -> Supervision.Start {
        let own = [
            ParentVariables.parent, ParentVariables.listenProcess, ParentVariables.listenCount,
            ParentVariables.listenNames,
        ]
        var environment = Environment.all.filter { line in
            !own.contains { line.hasPrefix("\($0)=") }
        }
        // The runtime's own report would take longer than a kernel takes to start again.
        if Environment.value(Self.backtracer) == nil {
            environment.append("\(Self.backtracer)=enable=no")
        }
        if socket.count > 0 {
            environment.append(ParentVariables.listenProcess + Supervision.processMark)
            environment.append("\(ParentVariables.listenCount)=\(socket.count)")
        }
        // It comes behind the sockets, which begin at 3.
        let recorder = 3 + socket.count
        let mode = isSafe ? "safe" : "normal"
        environment.append("\(ParentVariables.parent)=\(ProcessFacts.id):\(recorder):\(mode)")
        return Supervision.Start(
            path: order.kernel, arguments: order.arguments, environment: environment,
            descriptors: socket.numbers + [region.number])
    }

    /// Waits for something to happen while a kernel runs; no longer than it may take to end.
    private mutating func next() -> ParentLife.Action {
        let now = SystemClock.monotonicNanoseconds
        let left = patienceNanoseconds.map { $0 - min($0, now) }
        switch Supervision.wait(nanoseconds: left) {
        case .child: return kernelMayHaveEnded()
        case .signal(let signal, let byTerminal): return told(signal, byTerminal: byTerminal)
        case .timeout:
            guard let due = patienceNanoseconds, due <= SystemClock.monotonicNanoseconds else {
                return .goOn
            }
            patienceNanoseconds = nil
            if let kernel { Supervision.send(SignalNumber.kill, to: kernel) }
            return .goOn
        }
    }

    /// An interrupt is the kernel's to understand: it may just cancel what is running.
    private mutating func told(_ signal: Int32, byTerminal: Bool) -> ParentLife.Action {
        // What the terminal sends, it sends to the kernel too.
        if !byTerminal, let kernel { Supervision.send(signal, to: kernel) }
        if signal == SignalNumber.interrupt && kernel != nil { return .goOn }
        if patienceNanoseconds == nil && kernel != nil {
            patienceNanoseconds = SystemClock.monotonicNanoseconds + Self.patience
        }
        return life.next(.asked(signal: signal))
    }

    private mutating func kernelMayHaveEnded() -> ParentLife.Action {
        guard let process = kernel, let waited = Supervision.end(of: process), let region else {
            return .goOn
        }
        let end = CrashExamination.end(waited, of: region)
        kernel = nil
        lastEnd = end
        patienceNanoseconds = nil
        let phase = region.phase
        let now = SystemClock.monotonicNanoseconds
        let flight = ParentLife.FlightEnd(
            hadServed: phase != .starting, wasStopping: phase == .stopping,
            startedNanoseconds: startedNanoseconds, nanoseconds: now)
        if case .exited(let status) = end {
            if phase == .leaving { return life.next(.ended(.left(status: status), flight)) }
            if status == Supervision.failedStatus, region.isUntouched { return notStarted(nil) }
        }
        terminal?.restore()
        let report = reporter.examine(region, process: process, end: end, isSafe: life.isSafe)
        self.region = nil
        let isKilled = report.failure == .killed
        let action = life.next(
            .ended(
                isKilled ? .killed(status: end.shellStatus) : .crashed(status: end.shellStatus),
                flight))
        tell(report, action)
        return action
    }

    // MARK: Words

    private func tell(
        _ report: CrashReport, _ action: ParentLife.Action
    ) {
        // The crash handler has said what it was, if it could.
        let what = report.thread == nil || report.failure == .exit ? report.what : "it crashed"
        StandardStreams.complain("kernel: \(what)\(Self.words(action))")
    }

    private static func words(_ next: ParentLife.Action) -> String {
        switch next {
        case .start(isSafe: true): "; it starts again in safe mode"
        case .start: "; it starts again"
        case .wait(let nanoseconds):
            "; it starts again in \(Double(nanoseconds / 1_000_000) / 1_000) s"
        case .goOn, .end, .giveUp: ""
        }
    }

    // MARK: Between kernels, and at the end

    private mutating func wait(_ nanoseconds: UInt64) -> ParentLife.Action {
        let due = SystemClock.monotonicNanoseconds + nanoseconds
        while true {
            let now = SystemClock.monotonicNanoseconds
            guard now < due else { return life.next(.waited) }
            guard case .signal(let signal, _) = Supervision.wait(nanoseconds: due - now) else {
                continue
            }
            return life.next(.asked(signal: signal))
        }
    }

    /// A kernel that was ended by a signal: whoever waits for this process is told the same.
    private mutating func finish(_ status: Int32) -> Int32 {
        reporter.finish()
        socket.remove()
        if case .killed(let signal)? = lastEnd, status == 128 + signal {
            Supervision.end(bySignal: signal)
        }
        return status
    }
}

extension ChildProcess.End {
    /// What a shell shows for it.
    var shellStatus: Int32 {
        switch self {
        case .exited(let code): code
        case .killed(let signal): 128 + signal
        }
    }
}
