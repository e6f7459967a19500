/// Why a request was not carried out, as a sentence that a person or a model can act on.
struct Fault: Error, CustomStringConvertible {
    let kind: Kind
    let description: String

    enum Kind: Sendable {
        case invalid, notFound, denied, failed, limit, busy, cancelled, unsupported
    }

    init(_ kind: Kind, _ sentence: String) {
        self.kind = kind
        description = sentence
    }

    /// "<path> cannot <action>: <what the system says>."
    init(_ action: String, _ path: RawPath, _ error: SystemError) {
        self.init(Self.kind(of: error), "\(path) cannot \(action): \(error).")
    }

    private static func kind(of error: SystemError) -> Kind {
        switch error.number {
        case Door.missing: .notFound
        case Door.accessDenied, Door.notPermitted, Door.readOnly: .denied
        case Door.noSpace, Door.overQuota: .limit
        default: .failed
        }
    }
}

/// The value of `body`; what the system refuses becomes a sentence about `path`.
func during<Result: ~Copyable>(
    _ action: String, _ path: RawPath, _ body: @autoclosure () throws(SystemError) -> Result
) throws(Fault) -> Result {
    do {
        return try body()
    } catch {
        throw Fault(action, path, error)
    }
}
