import KernelBase
import KernelSandbox
package import KernelSystem

/// The zygote's side: forks a worker for each request and tells how each one ended, which only a
/// parent can know. It has one thread and never touches concurrency or libdispatch, since a
/// process that has cannot be forked.
package struct ZygoteServer: ~Copyable {
    private let control: WorkerChannel
    private let signals: FileDescriptor
    private let poller: Poller
    /// Neither ended nor told of yet.
    private var children: Set<Int32> = []

    private enum Token {
        static let control: UInt64 = 0
        static let signals: UInt64 = 1
    }

    package init(control: consuming FileDescriptor) throws(SystemError) {
        let controlNumber = control.raw
        try control.setCloseOnExec(true)
        let signals = try Fork.childSignals()
        let poller = try Poller()
        try poller.add(controlNumber, token: Token.control)
        try poller.add(signals.raw, token: Token.signals)
        self.control = WorkerChannel(PacketSocket(owning: control), end: .control)
        self.signals = signals
        self.poller = poller
    }

    /// Serves until the kernel closes its end, or dies. Workers die with the zygote.
    package mutating func run() throws {
        // Workers die with their parent by themselves, but not what programs have started.
        defer { Sandbox.endGroups(of: children) }
        WorkerServer.warmUp()
        do {
            try serve()
        } catch let error as SystemError where error.isPeerGone {
            return
        }
    }

    private mutating func serve() throws {
        var buffer = [UInt8](repeating: 0, count: Frame.bufferBytes)
        var scratch = [UInt8](repeating: 0, count: 4_096)
        while true {
            for token in try poller.wait() {
                if token == Token.signals {
                    while case .bytes = try signals.read(into: &scratch) {}
                    try reportEnded()
                } else if try !serveRequest(&buffer) {
                    return
                }
            }
        }
    }

    private mutating func reportEnded() throws(SystemError) {
        for (process, status) in Fork.endedChildren() {
            children.remove(process)
            try control.send(
                Frame(
                    .ended, first: UInt32(bitPattern: process),
                    second: UInt64(UInt32(bitPattern: status))))
        }
    }

    /// Returns false when the kernel is gone.
    private mutating func serveRequest(_ buffer: inout [UInt8]) throws -> Bool {
        guard let order = try control.receiveOrder(into: &buffer) else { return false }
        switch consume order {
        case .fork(let request): try serve(request)
        case .warm(let libraries):
            // What is missing is told by the worker that needs it.
            for library in libraries { _ = try? DynamicLibrary(opening: library) }
            // Or each worker would look through them again for what it knew before.
            WorkerServer.warmUp()
        }
        return true
    }

    private mutating func serve(_ request: borrowing ForkRequest) throws {
        do throws(SystemError) {
            let process = try fork(request)
            children.insert(process)
            let handle = try ChildProcess.handle(of: process)
            try control.send(
                Frame(.forked, id: request.id, first: UInt32(bitPattern: process)),
                descriptor: handle)
        } catch {
            try control.send(Frame(.forked, id: request.id, body: Array("\(error)".utf8)))
        }
    }

    private func fork(_ request: borrowing ForkRequest) throws(SystemError) -> Int32 {
        try Fork.child(name: request.name, request.descriptors) { channel in
            do throws(SystemError) {
                return try WorkerServer(
                    WorkerChannel(PacketSocket(owning: channel), end: .worker)
                ).run()
            } catch {
                return WorkerServer.failureStatus
            }
        }
    }
}

/// What the kernel wants of the zygote.
enum ZygoteOrder: ~Copyable {
    case fork(ForkRequest)
    /// Names of libraries.
    case warm([String])
}

/// A request to fork, with the descriptors that the new worker gets.
struct ForkRequest: ~Copyable {
    let id: UInt64
    let name: String
    private let channel: FileDescriptor
    private let output: FileDescriptor
    private let errors: FileDescriptor

    init?(_ frame: Frame, _ descriptors: inout PacketSocket.Descriptors) {
        guard frame.kind == .fork, let channel = descriptors.takeFirst(),
            let output = descriptors.takeFirst(), let errors = descriptors.takeFirst()
        else { return nil }
        id = frame.id
        name = String(decoding: frame.body, as: UTF8.self)
        self.channel = channel
        self.output = output
        self.errors = errors
    }

    var descriptors: Fork.ChildDescriptors {
        Fork.ChildDescriptors(channel: channel.raw, output: output.raw, errors: errors.raw)
    }
}
