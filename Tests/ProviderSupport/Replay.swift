import KernelModels
import KernelSystem
package import ModuleChat
import ModuleJSON
package import ModuleProviderKit

/// Has a provider read recorded answers, cut as the kernel cuts them.
package struct Replay<Provider: ModelProvider> {
    package let provider: Provider

    package init(_ provider: Provider) {
        self.provider = provider
    }

    /// What is wrong: other events than the recorded, or other ones when the bytes fall otherwise.
    ///
    /// The bytes are cut before the provider sees them, so that other splits of the bytes are other
    /// events only if the pieces are others.
    package func problems(in recording: Recording) throws -> [String] {
        let framing = try provider.request(for: recording.order).framing
        let cutter = Cutter(framing: framing, recording)
        let whole = try cutter.pieces([recording.body])
        var problems = differences(
            recording.events, lines(whole, recording), "the recorded", "what was read")
        let bytes = recording.body.map { [$0] }
        if try cutter.pieces(bytes) != whole {
            problems.append("byte by byte other pieces are cut")
        }
        for split in recording.body.indices {
            let halves = [Array(recording.body[..<split]), Array(recording.body[split...])]
            if try cutter.pieces(halves) != whole {
                problems.append("split at byte \(split) other pieces are cut")
            }
        }
        return problems
    }

    /// The events, one line each.
    package func lines(of recording: Recording) throws -> [String] {
        let framing = try provider.request(for: recording.order).framing
        return lines(
            try Cutter(framing: framing, recording).pieces([recording.body]), recording)
    }

    package func events(
        _ pieces: [[UInt8]], of order: ProviderOrder, _ head: AnswerHead, isWhole: Bool
    ) -> [ProviderEvent] {
        var events: [ProviderEvent] = []
        var reader = provider.reader(of: order, head)
        for piece in pieces { reader.read(piece) { events.append($0) } }
        reader.close(isWhole: isWhole) { events.append($0) }
        return events
    }

    package func pieces(of parts: [[UInt8]], in recording: Recording) throws -> [[UInt8]] {
        let framing = try provider.request(for: recording.order).framing
        return try Cutter(framing: framing, recording).pieces(parts)
    }

    private func lines(_ pieces: [[UInt8]], _ recording: Recording) -> [String] {
        events(pieces, of: recording.order, recording.head, isWhole: recording.isWhole)
            .flatMap(\.lines)
    }

    private func differences(
        _ left: [String], _ right: [String], _ leftName: String, _ rightName: String
    ) -> [String] {
        var problems: [String] = []
        for index in 0..<max(left.count, right.count) {
            let one = index < left.count ? left[index] : "nothing"
            let other = index < right.count ? right[index] : "nothing"
            if one != other {
                problems.append("event \(index): \(leftName) is \(one), \(rightName) is \(other)")
            }
        }
        return problems
    }
}

extension ProviderEvent {
    /// As recordings have it: the kind, the index where it matters, and the value in JSON.
    package var lines: [String] {
        let names = [
            "", "text", "thinking", "seal", "call", "arguments", "usage", "finish", "failure",
            "value", "progress",
        ]
        return encoded.map { encoded in
            let name = names[Int(encoded.kind)]
            let value = String(decoding: encoded.value, as: UTF8.self)
            switch name {
            case "call": return "call \(encoded.index) \(value)"
            case "arguments": return "arguments \(encoded.index) \(JSON.string(value).text)"
            case "text", "thinking", "seal": return "\(name) \(JSON.string(value).text)"
            default: return "\(name) \(value)"
            }
        }
    }
}

/// Cuts bytes into pieces with what the kernel cuts them with.
private struct Cutter {
    let framing: ProviderRequest.Framing
    let isSuccess: Bool
    let isWhole: Bool

    init(framing: ProviderRequest.Framing, _ recording: Recording) {
        self.framing = framing
        isSuccess = recording.head.isSuccess
        isWhole = recording.isWhole
    }

    func pieces(_ parts: [[UInt8]]) throws -> [[UInt8]] {
        var cutter = PieceCutter(framing, isSuccess: isSuccess)
        var pieces: [[UInt8]] = []
        for part in parts { pieces += try cutter.add(part) }
        // What a broken connection leaves is no piece.
        return isWhole ? pieces + cutter.end() : pieces
    }
}

extension Replay {
    /// The same as `problems(in:)`; but if the environment says `KERNEL_RECORDINGS=write`, what is
    /// read becomes what is expected, for a person to compare with what was.
    package func checked(_ recording: Recording) throws -> [String] {
        if Environment.value("KERNEL_RECORDINGS") == "write" {
            try recording.rewrite(try lines(of: recording))
            return []
        }
        return try problems(in: recording)
    }
}
