import KernelBase
package import KernelHosting

// How the parts of an exchange are written into frames.

extension ExchangeFeed {
    private enum Kind {
        static let head: UInt32 = 1
        static let pieces: UInt32 = 2
        static let wholeEnd: UInt32 = 3
        static let brokenEnd: UInt32 = 4
    }

    package var isEnd: Bool {
        if case .end = self { true } else { false }
    }

    static func isEnd(_ frame: Frame) -> Bool {
        frame.first == Kind.wholeEnd || frame.first == Kind.brokenEnd
    }

    package func frame(id: UInt64, place: UInt64) -> Frame {
        switch self {
        case .head(let head):
            return Frame(.feed, id: id, first: Kind.head, second: place, body: head)
        case .pieces(let pieces):
            var writer = ByteWriter(reserving: pieces.reduce(0) { $0 + $1.count + 4 })
            for piece in pieces { writer.write(piece) }
            return Frame(.feed, id: id, first: Kind.pieces, second: place, body: writer.bytes)
        case .end(let isWhole):
            return Frame(
                .feed, id: id, first: isWhole ? Kind.wholeEnd : Kind.brokenEnd, second: place)
        }
    }

    package init(_ frame: Frame) throws {
        switch frame.first {
        case Kind.head: self = .head(frame.body)
        case Kind.pieces:
            var reader = ByteReader(frame.body)
            var pieces: [[UInt8]] = []
            while !reader.isAtEnd { pieces.append(try reader.part()) }
            self = .pieces(pieces)
        case Kind.wholeEnd: self = .end(isWhole: true)
        case Kind.brokenEnd: self = .end(isWhole: false)
        default: throw ProtocolError("an exchange was fed something of the kind \(frame.first)")
        }
    }
}

/// Events of one exchange on their way to the kernel.
package struct ToldEvents: Sendable {
    package private(set) var bytes: [UInt8] = []

    package init() {}

    package mutating func add(_ event: ExchangeEvent) {
        var writer = ByteWriter(reserving: event.value.count + 12)
        writer.write(event.kind)
        writer.write(event.index)
        writer.write(event.value)
        bytes += writer.bytes
    }

    package static func events(in frame: Frame) throws -> [ExchangeEvent] {
        var reader = ByteReader(frame.body)
        var events: [ExchangeEvent] = []
        while !reader.isAtEnd {
            events.append(
                ExchangeEvent(
                    kind: try reader.number(), index: try reader.number(),
                    value: try reader.part()))
        }
        return events
    }
}
