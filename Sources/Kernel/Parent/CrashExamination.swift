import KernelBase
import KernelFlight
import KernelSystem

/// Makes a report of what a dead kernel has left: how it ended, and its flight recorder.
struct CrashExamination {
    let region: FlightRegion
    let process: Int32
    let end: ChildProcess.End
    /// When it was noticed, on both clocks.
    let wallNanoseconds: UInt64
    let monotonicNanoseconds: UInt64

    /// A fault at most so far below the stack pointer is one of the stack itself: a frame is larger
    /// than that only by intent.
    private static let frameBytesMax: UInt64 = 1 << 20

    func report() -> CrashReport {
        let crash = region.crash
        let mappings = CodeMappings(region.mappings)
        var report = CrashReport(
            time: SystemClock.universalTime(ofNanoseconds: wallNanoseconds), process: process,
            failure: failure(crash), what: what(crash))
        report.stack = stack(crash, mappings)
        report.printed = crash.printed.split(separator: "\n").suffix(20).map(String.init)
        report.alsoRunning = region.crumbs.filter { !isCause(crash, $0) }.map { activity($0) }
        report.interrupted = region.openCalls.map { activity($0) }
        if crash.cause != .nothing {
            report.thread = "\(crash.thread) (\(crash.threadName))"
        }
        blame(&report, crash, mappings)
        report.nameFunctions { build(ofFile: $0) != nil }
        return report
    }

    private func isCause(_ crash: FlightRegion.Crash, _ crumb: FlightRegion.Crumb) -> Bool {
        crash.cause != .nothing && crumb.thread == crash.thread
    }

    // MARK: How it ended

    /// How it would have ended had its handler come to its end: one that is late ends by SIGALRM.
    static func end(_ waited: ChildProcess.End, of region: FlightRegion) -> ChildProcess.End {
        let crash = region.crash
        return crash.cause == .signal ? .killed(signal: crash.signal) : waited
    }

    private func failure(_ crash: FlightRegion.Crash) -> CrashReport.Failure {
        switch crash.cause {
        case .hang: return .hang
        case .exit: return .exit
        case .signal where isFromOutside(crash): return .killed
        case .signal where isStackOverflow(crash): return .stackOverflow
        case .signal, .nothing: break
        }
        switch end {
        case .exited: return .exit
        case .killed(let signal):
            switch SignalNumber.Fault(signal) {
            case .trap: return .trap
            case .abort: return .abort
            case .other: return .signal
            case nil: return .killed
            }
        }
    }

    private func what(_ crash: FlightRegion.Crash) -> String {
        switch failure(crash) {
        case .hang: "its main loop was held for too long"
        case .exit: "something in it ended the process, which \(end)"
        case .killed where crash.sender != 0 && crash.sender != process:
            "the process \(crash.sender) sent it a signal, and it \(end)"
        case .killed: "it \(end)"
        case .stackOverflow: "a stack overflow: it \(end)"
        case .signal, .trap, .abort: "it \(end)\(address(crash))"
        }
    }

    private func address(_ crash: FlightRegion.Crash) -> String {
        crash.cause == .signal && crash.code > 0 ? " at \(Self.hexadecimal(crash.address))" : ""
    }

    private func isFromOutside(_ crash: FlightRegion.Crash) -> Bool {
        crash.code <= 0 && crash.sender != 0 && crash.sender != process
    }

    private func isStackOverflow(_ crash: FlightRegion.Crash) -> Bool {
        guard crash.code > 0, crash.signal == SignalNumber.badAddress, crash.stackPointer != 0
        else { return false }
        let lowest = crash.stackPointer - min(crash.stackPointer, Self.frameBytesMax)
        // A push faults just below the pointer, the code of a large frame further down.
        return crash.address >= lowest
            && (crash.address < crash.stackPointer || crash.address - crash.stackPointer < 4_096)
    }

    // MARK: Who is to blame

    private func blame(
        _ report: inout CrashReport, _ crash: FlightRegion.Crash, _ mappings: CodeMappings
    ) {
        guard report.failure != .killed else { return }
        if let crumb = crumb(crash) {
            guard let build = crumb.build else {
                report.remarks.append("The module is older than what the recorder keeps.")
                return
            }
            report.blamed = blamed(build, crumb)
            report.evidence = .breadcrumb
        } else if let build = moduleOnStack(crash, mappings) {
            report.blamed = blamed(build, nil)
            report.evidence = .address
        } else if crash.cause == .nothing {
            report.remarks.append(
                "It could say nothing at its end: what was running then is listed.")
        }
    }

    /// Of a hang that could not be examined, the crumb is still in the main thread's slot.
    private func crumb(_ crash: FlightRegion.Crash) -> FlightRegion.Crumb? {
        if let crumb = crash.crumb { return crumb }
        guard crash.cause == .hang else { return alone(crash) }
        return region.crumbs.first { $0.thread == crash.thread }
    }

    /// A process that died by a fault of which its handler knows nothing (a stack overflow on a
    /// thread without a second stack) was at one thing only, if there was one only.
    private func alone(_ crash: FlightRegion.Crash) -> FlightRegion.Crumb? {
        guard crash.cause == .nothing else { return nil }
        let crumbs = region.crumbs
        return crumbs.count == 1 ? crumbs.first : nil
    }

    /// The innermost function that is the kernel's or a module's; what lies between is a library
    /// that one of them has called.
    private func moduleOnStack(
        _ crash: FlightRegion.Crash, _ mappings: CodeMappings
    ) -> FlightRegion.BuildName? {
        for frame in crash.frames {
            guard let path = mappings.mapping(of: frame)?.path else { continue }
            if let build = build(ofFile: path) { return build }
            if Path.name(of: path) == "kernel" { return nil }
        }
        return nil
    }

    /// What is mapped of a module is a copy in a folder with the name of its hash.
    private func build(ofFile path: String) -> FlightRegion.BuildName? {
        let folder = Path.name(of: Path.directory(of: path))
        guard folder.utf8.count == 64 else { return nil }
        return region.build(hash: folder)
    }

    private func blamed(
        _ build: FlightRegion.BuildName, _ crumb: FlightRegion.Crumb?
    ) -> CrashReport.Blamed {
        CrashReport.Blamed(
            module: build.module, version: build.version, build: build.hash,
            generation: build.generation,
            activity: crumb.map { Self.words($0) } ?? "a thread of its own",
            task: crumb?.task, call: crumb.flatMap { $0.call == 0 ? nil : $0.call })
    }

    // MARK: What it was doing

    private func activity(_ crumb: FlightRegion.Crumb) -> CrashReport.Activity {
        CrashReport.Activity(
            what: Self.words(crumb), seconds: seconds(since: crumb.sinceNanoseconds),
            thread: crumb.thread)
    }

    private func activity(_ call: FlightRegion.OpenCall) -> CrashReport.Activity {
        let name = Self.address(call.build?.module, call.task)
        return CrashReport.Activity(
            what: "\(name) (call \(call.call))", seconds: seconds(since: call.beganNanoseconds),
            thread: nil)
    }

    private func seconds(since nanoseconds: UInt64) -> Double {
        let passed = monotonicNanoseconds - min(nanoseconds, monotonicNanoseconds)
        return Double(passed / 1_000_000) / 1_000
    }

    private static func words(_ crumb: FlightRegion.Crumb) -> String {
        let address = address(crumb.build?.module, crumb.task)
        let module = crumb.build?.module ?? "a module"
        switch crumb.place {
        case .call: return "\(address) (call \(crumb.call))"
        case .cancel: return "the cancelling of call \(crumb.call) of \(module)"
        case .destroy: return "\(module): free the instance"
        case .job: return "\(module): work that it had queued"
        case .exchange: return "\(module): an exchange with a server of models (\(crumb.call))"
        case .lifecycle(let step): return "\(module): \(step.name)"
        }
    }

    private static func address(_ module: String?, _ task: String?) -> String {
        "\(module ?? "a module").\(task ?? "task")"
    }

    // MARK: The stack

    private func stack(
        _ crash: FlightRegion.Crash, _ mappings: CodeMappings
    ) -> [CrashReport.Frame] {
        crash.frames.enumerated().map { index, address in
            var frame = CrashReport.Frame(address: Self.hexadecimal(address))
            // A return address is that of the instruction behind the call.
            let place = index == 0 && crash.stackPointer != 0 ? address : address - min(address, 1)
            guard let mapping = mappings.mapping(of: place) else { return frame }
            // Wraps at most if the dead process has written over what it had noted.
            let offset = place - mapping.start &+ mapping.fileOffset
            frame.image = mapping.path
            frame.offset = Self.hexadecimal(offset)
            return frame
        }
    }

    private static func hexadecimal(_ number: UInt64) -> String {
        "0x" + String(number, radix: 16)
    }
}
