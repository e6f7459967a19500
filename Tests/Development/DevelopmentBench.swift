import KernelBase
import KernelBuilds
import KernelGenerations
import KernelHosting
import KernelLoader
import KernelSystem
import KernelTesting
import KernelWorkers
import Synchronization

@testable import KernelDevelopment

/// A loader with the modules of `dev.modules`, for one test.
final class DevelopmentBench: Sendable {
    let folder: TemporaryFolder
    private let turn = WatcherTurn()
    let events = EventList()
    let loader: ModuleLoader
    let development: DevelopmentModules
    private let pool = ThreadPool(name: "calls", threadsMax: 8)
    private let lifecycle = ThreadPool(name: "lifecycle", threadsMax: 8)
    private let alarms: Alarms
    private let zygote: Zygote

    init(program: String? = ProgramPath.find("swift")) throws {
        let folder = try TemporaryFolder()
        self.folder = folder
        alarms = try Alarms()
        zygote = try Zygote(executable: try Program.built("kernel-zygote")) { _ in }
        let (events, zygote) = (events, zygote)
        let environment = LoaderEnvironment(
            pool: pool, lifecyclePool: lifecycle, mainLoop: try MainLoop(), alarms: alarms,
            zygote: { zygote }, output: try OutputCollector(), settings: { _ in ModuleSettings() },
            report: { events.add($0) }, log: { _ in })
        loader = ModuleLoader(
            environment: environment,
            options: LoaderOptions(
                storeFolder: folder.file("store"), indexFile: folder.file("index")))
        development = DevelopmentModules(
            loader: loader, alarms: alarms, pool: lifecycle,
            tool: BuildTool(options: PackageOptions(), program: program),
            report: { events.add($0) })
        try loader.startWatching(privateFolder: folder.file("watch"))
    }

    deinit {
        development.stop()
        loader.stop(withinSeconds: 5)
        alarms.close()
        zygote.stop()
        pool.close()
        lifecycle.close()
    }

    /// Calls the first task of a module with bytes or JSON, in this process.
    func call(_ module: String, _ kind: PayloadKind, _ arguments: String) throws -> String {
        guard let generation = loader.slot(module)?.current else { return "not in service" }
        let made = Condition<Generation.Made?>(nil)
        generation.withInstance { result in
            made.withLock { $0 = result }
            made.broadcast()
        }
        guard let instance = try made.wait({ $0 })?.get() else { return "no instance" }
        let answer = Answer()
        let id = UInt64.random(in: 1...UInt64.max)
        _ = instance.admit(id, answer)
        instance.begin(
            CallRequest(
                id: id, task: 0, mode: .thread, kind: kind, arguments: Array(arguments.utf8),
                deadlineNanoseconds: 0))
        return answer.wait()
    }
}

private final class Answer: CallListener {
    private let outcome = Condition<CallOutcome?>(nil)

    func callFinished(_ outcome: CallOutcome) {
        self.outcome.withLock { $0 = outcome }
        self.outcome.broadcast()
    }

    func callProgressed(fraction: Double?, note: String) {}
    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {}

    func wait() -> String {
        let deadline = SystemClock.monotonicNanoseconds + 10_000_000_000
        guard let end = outcome.wait(untilNanoseconds: deadline, { $0 }) else { return "no answer" }
        return end.succeeded ? String(decoding: end.value, as: UTF8.self) : end.message
    }
}

final class EventList: Sendable {
    private let state = Condition<[LoaderEvent]>([])

    func add(_ event: LoaderEvent) {
        state.withLock { $0.append(event) }
        state.broadcast()
    }

    var all: [LoaderEvent] { state.withLock { $0 } }

    /// What `matches` makes of the first event after the first `mark` ones that it knows; waits
    /// for it.
    private func first<Found>(after mark: Int, _ matches: (LoaderEvent) -> Found?) -> Found? {
        let deadline = SystemClock.monotonicNanoseconds + 120_000_000_000
        return state.wait(untilNanoseconds: deadline) { events -> Found? in
            events.dropFirst(mark).lazy.compactMap(matches).first
        }
    }

    /// How the first build ended that began after the mark.
    func build(after mark: Int) -> PackageNews.Kind? {
        first(after: mark) { event -> PackageNews.Kind? in
            guard case .package(let news) = event, news.kind != .building else { return nil }
            return news.kind
        }
    }

    func isBuilding(after mark: Int) -> Bool {
        first(after: mark) { event -> Bool? in
            if case .package(let news) = event, news.kind == .building { true } else { nil }
        } ?? false
    }

    func serving(after mark: Int) -> LoaderEvent.Reloaded? {
        first(after: mark) { event -> LoaderEvent.Reloaded? in
            if case .serving(let new) = event { new } else { nil }
        }
    }

    func isRetired(after mark: Int) -> Bool {
        first(after: mark) { event -> Bool? in
            if case .retired = event { true } else { nil }
        } ?? false
    }
}
