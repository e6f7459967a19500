import KernelBase
import KernelBuilds
import KernelCalls
import KernelGenerations
import KernelHosting
import KernelLoader
import KernelSystem
import KernelTasks
import KernelTesting
import KernelWorkers

/// A whole kernel without clients, in a folder of its own: loader with the real watcher,
/// dispatcher, zygote and workers.
final class BenchKernel: Sendable {
    let folder: TemporaryFolder
    let loader: ModuleLoader
    let dispatcher: Dispatcher
    let events = EventCount()
    private let pool = ThreadPool(name: "calls", threadsMax: 32)
    private let lifecycle = ThreadPool(name: "lifecycle", threadsMax: 16)
    private let alarms: Alarms
    private let zygote: Zygote
    private let replaced = Condition<[DescriptorBox]>([])

    var modules: String { folder.file("modules") }

    init(
        _ house: BenchHouse, options change: (inout LoaderOptions) -> Void = { _ in }
    ) throws {
        let folder = try TemporaryFolder("kernel-bench")
        let events = events
        self.folder = folder
        alarms = try Alarms()
        zygote = try Zygote(executable: try Program.built("kernel-zygote")) { _ in }
        let zygote = zygote
        let environment = LoaderEnvironment(
            pool: pool, lifecyclePool: lifecycle, mainLoop: house.mainLoop, alarms: alarms,
            zygote: { zygote }, output: house.output, settings: { _ in ModuleSettings() },
            report: { events.add($0) }, log: { _ in })
        var options = LoaderOptions(
            storeFolder: folder.file("store"), indexFile: folder.file("index"))
        options.generationsMax = .max
        options.generationBytesMax = .max
        change(&options)
        loader = ModuleLoader(environment: environment, options: options)
        dispatcher = try Dispatcher(
            loader: loader, pool: pool, mainLoop: house.mainLoop, alarms: alarms,
            options: Dispatcher.Options(), report: { events.add($0) })
        try Files.makeDirectories(modules)
        loader.add([.init(modules, .folder, .user)])
        try loader.startWatching(privateFolder: folder.file("watch"))
    }

    /// For durable tasks.
    var runner: DispatcherRunner {
        DispatcherRunner(dispatcher: dispatcher, pool: pool)
    }

    /// Ends every thread and process of this kernel.
    func stop() {
        loader.stop(withinSeconds: 5)
        dispatcher.board.close()
        alarms.close()
        zygote.stop()
        pool.close()
        lifecycle.close()
    }

    /// Puts a file in place as linkers and package managers do: whole, by a rename.
    func install(_ bytes: [UInt8], as name: String = "bench.so") throws {
        try stage(bytes)
        try publish(as: name)
    }

    /// Writes the file beside its place, so that only the rename is left to be done.
    func stage(_ bytes: [UInt8]) throws {
        try Files.replace(folder.file("staged"), with: bytes, permissions: 0o700)
    }

    func publish(as name: String = "bench.so") throws {
        keepReplaced(name)
        try Files.rename(folder.file("staged"), to: Path.join(modules, name))
    }

    /// Keeps the file that is about to be replaced open: ext4 goes round a file number that was
    /// freed in the last seconds, which costs milliseconds after hundreds of them.
    private func keepReplaced(_ name: String) {
        guard let file = try? FileDescriptor.open(Path.join(modules, name), .read) else { return }
        let box = DescriptorBox(file)
        replaced.withLock { $0.append(box) }
    }

    /// Installs the first build and waits until it serves.
    func begin(_ bytes: [UInt8]) throws {
        FreshMemory.take()
        try install(bytes)
        try events.waitUntilServed(1)
    }

    func call(_ order: CallOrder, _ listener: LastOutcome) -> CallOutcome {
        dispatcher.call(order, id: dispatcher.newCallID(), listener)
        return listener.take()
    }

    /// As above, for what must succeed.
    func value(_ order: CallOrder, _ listener: LastOutcome) throws -> [UInt8] {
        let outcome = call(order, listener)
        guard outcome.succeeded else { throw BenchFailure("\(order.address): \(outcome.message)") }
        return outcome.value
    }
}

/// What all benchmarks share.
struct BenchHouse: Sendable {
    let mainLoop: MainLoop
    let output: OutputCollector
    let builds: ModuleBuilds
    let peers: Peers
}

struct BenchFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Memory that a virtual machine gives out page by page costs milliseconds for each module that is
/// copied. It is taken and given back beforehand, so that this is not measured.
enum FreshMemory {
    static func take() {
        let pages = [UInt8](repeating: 1, count: 512 << 20)
        precondition(pages.last == 1, "memory that was written is lost")
    }
}

/// Takes the end of one call after the other.
final class LastOutcome: CallListener {
    private let outcome = Condition<CallOutcome?>(nil)

    func callFinished(_ outcome: CallOutcome) {
        self.outcome.withLock { $0 = outcome }
        self.outcome.signal()
    }

    func callProgressed(fraction: Double?, note: String) {}
    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {}

    func take() -> CallOutcome {
        let taken = outcome.wait { outcome -> CallOutcome? in
            defer { outcome = nil }
            return outcome
        }
        return taken ?? .failure(.failed, "a wait without a deadline ended without an outcome")
    }
}

/// How often a build was taken into service, and why the last one was not.
final class EventCount: Sendable {
    private struct State {
        var served = 0
        var lastNanoseconds: UInt64 = 0
        var refusal: String?
    }

    private let state = Condition(State())

    func add(_ event: LoaderEvent) {
        state.withLock { state in
            switch event {
            case .serving(let reloaded):
                state.served += 1
                state.lastNanoseconds = reloaded.nanoseconds
            case .refused(let refused): state.refusal = refused.sentence
            case .returned(_, _, let reason): state.refusal = reason
            default: break
            }
        }
        state.broadcast()
    }

    var served: Int { state.withLock { $0.served } }

    func waitUntilServed(_ count: Int) throws {
        let deadline = SystemClock.monotonicNanoseconds + 20_000_000_000
        let problem = state.wait(untilNanoseconds: deadline) { state -> String?? in
            if let refusal = state.refusal { return refusal }
            return state.served >= count ? .some(nil) : nil
        }
        guard let problem else { throw BenchFailure("a build was not served within 20 s") }
        if let problem { throw BenchFailure("a build was refused: \(problem)") }
    }
}
