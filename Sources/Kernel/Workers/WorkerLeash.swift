import KernelSystem
import Synchronization

/// What a worker took too much of, so that the kernel ended it.
package struct Overrun: Sendable, Hashable, CustomStringConvertible {
    package enum Resource: Sendable, Hashable {
        /// It did not do what it had to in time.
        case time
        /// Memory, threads, disk: as the system counts them.
        case machine
        case output
        case descriptors
    }

    package let resource: Resource
    /// "it had 600 files open, more than 512"
    package let sentence: String

    package init(_ resource: Resource, _ sentence: String) {
        self.resource = resource
        self.sentence = sentence
    }

    package var description: String {
        resource == .machine ? sentence : "its process was ended: \(sentence)"
    }
}

/// Ends a worker, and remembers why: its death says only SIGKILL.
package final class WorkerLeash: Sendable {
    private struct State {
        var handle: DescriptorBox?
        var overrun: Overrun?
        var flood = FloodGauge()
    }

    private let state = Mutex(State())

    init() {}

    /// The process is there.
    func attach(_ handle: DescriptorBox) {
        let isLate = state.withLock { state in
            state.handle = handle
            return state.overrun != nil
        }
        if isLate { ChildProcess.signal(handle.descriptor, SignalNumber.kill) }
    }

    /// Ends the process. The first reason counts.
    package func end(_ overrun: Overrun) {
        let handle = state.withLock { state in
            state.overrun = state.overrun ?? overrun
            return state.handle
        }
        if let handle { ChildProcess.signal(handle.descriptor, SignalNumber.kill) }
    }

    package var overrun: Overrun? { state.withLock { $0.overrun } }

    /// What it costs to take a message, however small: as if it had so many bytes.
    private static let messageBytesMin = 128

    /// The worker has said so much more, in one message or piece.
    package func count(said count: Int) {
        let bytes = max(count, Self.messageBytesMin)
        let now = SystemClock.monotonicNanoseconds
        let isFlooded = state.withLock { state in
            state.flood.isFlooded(adding: bytes, nowNanoseconds: now) && state.overrun == nil
        }
        guard isFlooded else { return }
        end(
            Overrun(
                .output,
                "it printed and reported more than \(FloodGauge.bytesMax >> 20) MiB within "
                    + "\(Int(FloodGauge.windowSeconds)) s"))
    }
}
