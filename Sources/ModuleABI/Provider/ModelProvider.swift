public import ModuleChat
internal import ModuleJSON
public import ModuleKit

/// A module that makes requests of chats, and chats of answers, in the language of some servers.
///
/// It does no I/O and holds nothing: the kernel sends what `request` makes, puts the key in where
/// `ProviderRequest.key` stands, and gives what comes back to a reader, cut as the request asked.
public protocol ModelProvider: Module {
    associatedtype Reader: AnswerReader

    var provider: ProviderDescription { get }

    /// Throws a `Failure` with the status `.unsupported` for what its servers cannot do.
    func request(for order: ProviderOrder) throws -> ProviderRequest

    /// Reads the answer that begins with `head`. An answer that is no success comes as one piece.
    func reader(of order: ProviderOrder, _ head: AnswerHead) -> Reader
}

extension ModelProvider {
    public func addProvider(to abilities: inout ModuleAbilities) {
        abilities.provider = ProviderAbility(
            describe: { provider.json.serialized() },
            encode: { try request(for: ProviderOrder(JSON(parsing: $0))).bytes },
            open: { order, head in
                EncodingReader(
                    reader: reader(
                        of: try ProviderOrder(JSON(parsing: order)),
                        try AnswerHead(JSON(parsing: head))))
            })
    }
}

/// Reads one answer, piece by piece. A value: what it knows is what it has read.
public protocol AnswerReader: Sendable {
    typealias Emit = (ProviderEvent) -> Void

    /// The data of one event, one line, or the whole body, as the request asked for.
    mutating func read(_ piece: [UInt8], _ emit: Emit)

    /// No piece will come any more. An answer that is not `isWhole` was cut by the connection or
    /// by whoever listened.
    mutating func close(isWhole: Bool, _ emit: Emit)
}

extension AnswerReader {
    public mutating func close(isWhole: Bool, _ emit: Emit) {}
}

private struct EncodingReader<Reader: AnswerReader>: AnswerReading {
    var reader: Reader

    mutating func read(_ piece: [UInt8], _ take: Take) {
        reader.read(piece) { Self.pass($0, take) }
    }

    mutating func close(isWhole: Bool, _ take: Take) {
        reader.close(isWhole: isWhole) { Self.pass($0, take) }
    }

    private static func pass(_ event: ProviderEvent, _ take: Take) {
        for encoded in event.encoded { take(encoded.kind, encoded.index, encoded.value) }
    }
}
