/// Why a tree is not a value of the wanted type, or a value cannot become a tree, and where.
public struct JSONCodingError: Error, Sendable, Equatable, CustomStringConvertible {
    public let path: JSONPath
    /// What is wrong, without its subject: `must be a text, but is 5`.
    public let problem: String

    public init(path: JSONPath = JSONPath(), problem: String) {
        self.path = path
        self.problem = problem
    }

    /// `"tasks[2].mode" must be a text, but is 5`
    public var description: String { "\(path.subject) \(problem)" }

    /// What an author's own `init(from:)` or `encode(to:)` threw, as one of ours.
    init(_ error: any Error) {
        switch error {
        case let error as JSONCodingError:
            self = error
        case let error as DecodingError:
            self = JSONCodingError(error)
        case EncodingError.invalidValue(_, let context):
            self.init(
                path: Self.path(context.codingPath),
                problem: "cannot be written: \(context.debugDescription)")
        default:
            self.init(problem: "is not accepted: \(error)")
        }
    }

    private init(_ error: DecodingError) {
        switch error {
        case .keyNotFound(let key, let context):
            self.init(path: Self.path(context.codingPath + [key]), problem: "is missing")
        case .typeMismatch(_, let context), .valueNotFound(_, let context),
            .dataCorrupted(let context):
            self.init(
                path: Self.path(context.codingPath),
                problem: "is not accepted: \(context.debugDescription)")
        @unknown default:
            self.init(problem: "is not accepted: \(error)")
        }
    }

    /// The same error, seen from the value that holds the one it happened in.
    func inside(_ outer: [JSONPath.Step]) -> JSONCodingError {
        JSONCodingError(path: path.prefixed(by: outer), problem: problem)
    }

    private static func path(_ keys: [any CodingKey]) -> JSONPath {
        JSONPath(keys.map { key in key.intValue.map { .index($0) } ?? .key(key.stringValue) })
    }

    static func mismatch(_ wanted: String, _ found: JSON) -> JSONCodingError {
        JSONCodingError(problem: "must be \(wanted), but is \(found.shown)")
    }

    static func unspeakable(_ number: some BinaryFloatingPoint) -> JSONCodingError {
        JSONCodingError(problem: "is \(number), which JSON cannot say")
    }

    static let missing = JSONCodingError(problem: "is missing")
}
