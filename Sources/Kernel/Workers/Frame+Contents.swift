package import KernelBase
package import KernelHosting

// How the larger values of a module's life are written into the body of a frame.

extension ModuleFailure {
    package var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.write(step.rawValue)
        writer.write(status.rawValue)
        writer.write(message)
        return writer.bytes
    }

    package init(_ bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        guard let step = LifecycleStep(rawValue: try reader.number()) else {
            throw ProtocolError("a failure at an unknown step")
        }
        self.init(step, CallStatus(code: try reader.number()), try reader.text())
    }
}

extension ContractViolation {
    package var bytes: [UInt8] {
        var writer = ByteWriter()
        writer.write(function)
        writer.write(call)
        writer.write(sentence)
        return writer.bytes
    }

    package init(_ bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        self.init(
            function: try reader.text(), call: try reader.number(), sentence: try reader.text())
    }
}

extension ModuleInstance.Abilities {
    package var bytes: [UInt8] {
        [configures, keepsState, startsOrStops, checksHealth, testsItself, provides].map {
            $0 ? 1 : 0
        }
    }

    package init(_ bytes: [UInt8]) throws {
        var reader = ByteReader(bytes)
        self.init(
            configures: try reader.flag(), keepsState: try reader.flag(),
            startsOrStops: try reader.flag(), checksHealth: try reader.flag(),
            testsItself: try reader.flag(), provides: try reader.flag())
    }
}

extension CallRequest {
    /// The mode and the kind share the place of one number each in front of the arguments.
    package var frame: Frame {
        Frame(
            .call, id: id, first: task | mode.rawValue << 24 | kind.rawValue << 28,
            second: deadlineNanoseconds, body: arguments)
    }

    package init(_ frame: Frame) throws {
        guard let mode = RunMode(rawValue: frame.first >> 24 & 0xF),
            let kind = PayloadKind(rawValue: frame.first >> 28)
        else { throw ProtocolError("a call of unknown mode or kind") }
        self.init(
            id: frame.id, task: frame.first & 0xFF_FFFF, mode: mode, kind: kind,
            arguments: frame.body, deadlineNanoseconds: frame.second)
    }
}

extension CallOutcome {
    package func frame(id: UInt64) -> Frame {
        Frame(
            .finished, id: id, first: UInt32(bitPattern: status.rawValue),
            second: UInt64(kind.rawValue), body: succeeded ? value : Array(message.utf8))
    }

    package init(_ frame: Frame) {
        let status = CallStatus(code: Int32(bitPattern: frame.first))
        let kind = PayloadKind(rawValue: UInt32(truncatingIfNeeded: frame.second)) ?? .bytes
        if status == .ok {
            self.init(status: status, kind: kind, value: frame.body, message: "")
        } else {
            self = .failure(status, String(decoding: frame.body, as: UTF8.self))
        }
    }
}

extension CallListener {
    package func callProgressed(_ frame: Frame) {
        callProgressed(
            fraction: CallNews.fraction(Double(bitPattern: frame.second)),
            note: String(decoding: frame.body, as: UTF8.self))
    }

    package func callPrinted(_ frame: Frame) {
        callPrinted(PayloadKind(rawValue: frame.first) ?? .bytes, frame.body)
    }
}

/// Sends what becomes of a call back to the kernel.
final class RemoteListener: CallListener {
    let channel: WorkerChannel
    private let audience: Audience
    let call: UInt64
    private let notes: RefusalNotes

    init(_ channel: WorkerChannel, _ audience: Audience, _ call: UInt64, _ notes: RefusalNotes) {
        self.channel = channel
        self.audience = audience
        self.call = call
        self.notes = notes
    }

    // If the kernel is gone there is nobody to tell.

    func callFinished(_ outcome: CallOutcome) {
        var outcome = outcome
        if outcome.value.count > Frame.bodyBytesMax {
            outcome = .failure(
                .limit,
                "the result has \(outcome.value.count) bytes, more than \(Frame.bodyBytesMax)")
        }
        if !outcome.succeeded { outcome.message = notes.added(to: outcome.message) }
        audience.leave()
        try? channel.send(outcome.frame(id: call))
    }

    func callProgressed(fraction: Double?, note: String) {
        let bits = fraction.map { $0.bitPattern } ?? UInt64.max
        try? channel.send(Frame(.progress, id: call, second: bits, body: Array(note.utf8)))
    }

    func callPrinted(_ kind: PayloadKind, _ piece: [UInt8]) {
        try? channel.send(Frame(.output, id: call, first: kind.rawValue, body: piece))
    }
}
