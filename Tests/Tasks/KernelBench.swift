import KernelBase
import KernelHosting
import KernelLoader
import KernelSystem
import KernelTesting
import KernelWorkers
import Synchronization

@testable import KernelTasks

/// A whole kernel without its clients, for one test: loader, dispatcher, workers, and a main loop
/// that nobody runs.
final class KernelBench: Sendable {
    let folder: TemporaryFolder
    let pool = ThreadPool(name: "calls", threadsMax: 32)
    let lifecycle = ThreadPool(name: "lifecycle", threadsMax: 16)
    let mainLoop: MainLoop
    let alarms: Alarms
    let zygote: Zygote
    let output: OutputCollector
    let loader: ModuleLoader
    let dispatcher: Dispatcher
    let events: EventList
    var modules: String { folder.file("modules") }

    init(options change: (inout LoaderOptions) -> Void = { _ in }) throws {
        let folder = try TemporaryFolder()
        let events = EventList()
        self.folder = folder
        self.events = events
        mainLoop = try MainLoop()
        alarms = try Alarms()
        zygote = try Zygote(executable: try Program.built("kernel-zygote")) { _ in }
        output = try OutputCollector()
        let zygote = zygote
        let environment = LoaderEnvironment(
            pool: pool, lifecyclePool: lifecycle, mainLoop: mainLoop, alarms: alarms,
            zygote: { zygote }, output: output, settings: { _ in ModuleSettings() },
            report: { events.add($0) }, log: { events.add($0) })
        var options = LoaderOptions(
            storeFolder: folder.file("store"), indexFile: folder.file("index"))
        change(&options)
        loader = ModuleLoader(environment: environment, options: options)
        dispatcher = try Dispatcher(
            loader: loader, pool: pool, mainLoop: mainLoop, alarms: alarms,
            options: Dispatcher.Options(), report: { events.add($0) })
        try Files.makeDirectories(self.folder.file("modules"))
    }

    deinit {
        loader.stop(withinSeconds: 5)
        dispatcher.board.close()
        alarms.close()
        zygote.stop()
        pool.close()
        lifecycle.close()
    }

    /// Builds a fixture beside the modules' folder and moves it in, as an installer does.
    func install(_ fixture: String, as name: String? = nil, defining: [String] = []) throws {
        let built = folder.file("built-\(UInt64.random(in: 0...UInt64.max)).so")
        try Fixture.build(fixture, defining: defining, to: built)
        try Files.rename(built, to: Path.join(modules, name ?? "\(fixture).so"))
    }

    func call(_ address: String, _ bytes: [UInt8] = []) -> CallOutcome {
        let listener = WaitingListener()
        dispatcher.call(
            CallOrder(address, .bytes(bytes)), id: dispatcher.newCallID(), listener)
        return listener.wait()
    }
}

final class EventList: Sendable {
    private let state = Condition<(events: [LoaderEvent], lines: [LogLine])>(([], []))

    func add(_ event: LoaderEvent) {
        state.withLock { $0.events.append(event) }
        state.broadcast()
    }

    func add(_ line: LogLine) {
        state.withLock { $0.lines.append(line) }
    }

    var events: [LoaderEvent] { state.withLock { $0.events } }
    var lines: [LogLine] { state.withLock { $0.lines } }

    /// The first event that `matches`, waiting for it.
    func first(_ matches: (LoaderEvent) -> Bool) -> LoaderEvent? {
        let deadline = SystemClock.monotonicNanoseconds + 20_000_000_000
        return state.wait(untilNanoseconds: deadline) { $0.events.first(where: matches) }
    }
}

/// Waits for the end of one call.
final class WaitingListener: CallListener {
    private let outcome = Condition<CallOutcome?>(nil)

    func callFinished(_ outcome: CallOutcome) {
        self.outcome.withLock { $0 = outcome }
        self.outcome.broadcast()
    }

    func callProgressed(fraction: Double?, note: String) {}
    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {}

    func wait() -> CallOutcome {
        let deadline = SystemClock.monotonicNanoseconds + 60_000_000_000
        return outcome.wait(untilNanoseconds: deadline) { $0 }
            ?? .failure(.deadline, "the test waited for a minute")
    }
}
