import KernelBase
import KernelBuilds
import KernelCalls
import KernelClient
import KernelCommands
import KernelConfig
import KernelFlight
import KernelGenerations
import KernelLoader
import KernelServer
import KernelSystem
import KernelWire
import KernelWorkers

/// A kernel in this process, for one client in this process: what the REPL and the one-shot
/// commands have in common.
struct LocalKernel: ~Copyable {
    private let parts: KernelParts
    private let capture: OutputCapture

    /// With the bundled modules and one client it has a quarter of that.
    private static let descriptorsLeast: UInt64 = 256

    /// Puts a kernel together and finds its modules. From now on descriptors 1 and 2 are the
    /// modules'; `output` and `errors` are what they were.
    init(_ startup: Startup, _ purpose: KernelParts.Purpose) throws {
        if let limit = DescriptorLimit.shortage(below: Self.descriptorsLeast) {
            throw Startup.Failure(
                description: "only \(limit) files may be open at once, and the kernel needs "
                    + "\(Self.descriptorsLeast): raise the limit of open files (ulimit -n)")
        }
        let configuration = try startup.readConfiguration()
        try startup.prepareFolders()
        let capture = try OutputCapture()
        CrashGuard.install(
            output: capture.output.raw, errors: capture.errors.raw, printed: capture.reader.raw)
        let collector = try OutputCollector()
        let parts = try KernelParts(
            configuration: configuration, output: collector, purpose: purpose)
        let log = parts.log
        let useWatch = parts.useWatch
        try collector.add(
            try capture.reader.duplicate(), gauge: { useWatch.printed($0) }
        ) { line in
            log.add(LogLine(module: "in process", level: .info, text: line))
        }
        self.parts = parts
        self.capture = capture
    }

    var output: Int32 { capture.output.raw }
    var errors: Int32 { capture.errors.raw }

    /// Follows the files of modules and configuration from now on.
    func watch(_ paths: Paths) {
        parts.begin(watching: paths)
    }

    /// Lets clients of other processes in.
    func open(_ door: KernelDoor) throws {
        try parts.open(door)
    }

    /// Finds the modules, once.
    func findModules() {
        parts.findModules()
    }

    /// A way to the server.
    func connect() -> InMemoryTransport {
        let (ours, theirs) = InMemoryTransport.pair()
        parts.server.connect(ours)
        return theirs
    }

    /// Runs the client on a thread of its own and the main loop here, until the client is done.
    /// Returns the client's exit status.
    consuming func run(
        endingOn ends: Set<Signals.Signal> = [.terminate, .hangUp],
        onSignal: @escaping @Sendable (Signals.Signal) -> Void,
        _ client: @escaping @Sendable () -> Int32
    ) throws -> Int32 {
        let leaving = Leaving(parts)
        let mainLoop = parts.mainLoop
        try SystemThread.start(name: "client") {
            let status = client()
            mainLoop.stop()
            leaving.leave(status)
        }
        let ending = Ending()
        try Signals.listen { signal in
            if ends.contains(signal) { ending.begin() }
            onSignal(signal)
        }
        FlightRecorder.set(.serving)
        try mainLoop.runUntilStopped()
        return leaving.mainLoopEnded()
    }
}
