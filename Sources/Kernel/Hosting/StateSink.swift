import CModuleABI
import KernelBase
import KernelSystem
import Synchronization

/// Takes the pieces that a module writes while one of its functions runs.
final class StateSink: Sendable {
    private struct State {
        var bytes: [UInt8] = []
        var isClosed = false
        var isOverrun = false
    }

    private let state = Mutex(State())
    private let bytesMax: Int
    private let thread = SystemThread.currentID
    private let context: HostContext

    init(bytesMax: Int, context: HostContext) {
        self.bytesMax = bytesMax
        self.context = context
    }

    @unsafe func withWriter(_ body: (UnsafePointer<mod_writer>) -> Int32) -> Int32 {
        let opaque = unsafe Unmanaged.passUnretained(self).toOpaque()
        var writer = unsafe mod_writer(
            size: UInt32(MemoryLayout<mod_writer>.size), reserved: 0, context: opaque,
            write: { context, bytes in
                guard let context = unsafe context else { return CallStatus.misuse.rawValue }
                let sink = unsafe Unmanaged<StateSink>.fromOpaque(context).takeUnretainedValue()
                let borrowed = Borrowed(
                    host: sink.context, function: "mod_writer write", call: 0)
                return unsafe sink.append(borrowed.bytes(bytes))
            })
        return unsafe body(&writer)
    }

    /// More was written than there may be.
    var isOverrun: Bool { state.withLock { $0.isOverrun } }

    func close() -> [UInt8] {
        state.withLock { state in
            state.isClosed = true
            return state.bytes
        }
    }

    private func append(_ piece: [UInt8]) -> Int32 {
        if SystemThread.currentID != thread {
            context.report(
                "mod_writer write", "called on another thread than the function that it was lent to"
            )
        }
        return state.withLock { state in
            guard !state.isClosed else { return CallStatus.misuse.rawValue }
            guard state.bytes.count + piece.count <= bytesMax else {
                state.isOverrun = true
                return CallStatus.limit.rawValue
            }
            state.bytes.append(contentsOf: piece)
            return CallStatus.ok.rawValue
        }
    }
}
