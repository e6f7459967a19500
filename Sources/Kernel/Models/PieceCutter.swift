package import KernelHTTP
package import ModuleChat

/// Cuts the body of an answer as its request asked for. A value without I/O.
package struct PieceCutter: Sendable {
    private var form: Form

    private enum Form: Sendable {
        case events(ServerSentEvents)
        case lines(LineCutter)
        case whole([UInt8], bytesMax: Int)
    }

    /// Of a body that comes as one piece: lists of models, errors.
    private static let wholeBytesMax = 16 << 20

    package init(_ framing: ProviderRequest.Framing, isSuccess: Bool) {
        guard isSuccess else {
            form = .whole([], bytesMax: Self.wholeBytesMax)
            return
        }
        switch framing {
        case .events: form = .events(ServerSentEvents())
        case .lines: form = .lines(LineCutter(lineBytesMax: ServerSentEvents.eventBytesUsual))
        case .whole: form = .whole([], bytesMax: Self.wholeBytesMax)
        }
    }

    /// The pieces that these bytes complete.
    package mutating func add(_ bytes: [UInt8]) throws(LineCutter.Overlong) -> [[UInt8]] {
        // Moved out and back, so that what is gathered has one owner and is not copied.
        var form = form
        self.form = .whole([], bytesMax: 0)
        defer { self.form = form }
        switch form {
        case .events(var events):
            form = .whole([], bytesMax: 0)
            defer { form = .events(events) }
            return try events.add(bytes).map(\.data)
        case .lines(var lines):
            form = .whole([], bytesMax: 0)
            defer { form = .lines(lines) }
            var pieces: [[UInt8]] = []
            try lines.add(bytes) { if !$0.isEmpty { pieces.append(Array($0)) } }
            return pieces
        case .whole(var body, let bytesMax):
            form = .whole([], bytesMax: 0)
            defer { form = .whole(body, bytesMax: bytesMax) }
            guard body.count + bytes.count <= bytesMax else {
                throw LineCutter.Overlong(bytesMax: bytesMax)
            }
            body += bytes
            return []
        }
    }

    /// What is left when the body has ended.
    package mutating func end() -> [[UInt8]] {
        switch form {
        case .events: return []
        case .lines(var lines):
            let rest = lines.takeRest()
            return rest.isEmpty ? [] : [rest]
        case .whole(let body, _): return [body]
        }
    }
}
