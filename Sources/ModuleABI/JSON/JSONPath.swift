/// Where a value stands inside a JSON document: `tasks[2].mode`. Empty for the whole document.
public struct JSONPath: Sendable, Hashable, CustomStringConvertible {
    public private(set) var steps: [Step]

    public enum Step: Sendable, Hashable {
        case key(String)
        case index(Int)
    }

    public init(_ steps: [Step] = []) {
        self.steps = steps
    }

    public func appending(_ step: Step) -> JSONPath {
        JSONPath(steps + [step])
    }

    func prefixed(by outer: [Step]) -> JSONPath {
        JSONPath(outer + steps)
    }

    public var description: String {
        var text = ""
        for step in steps {
            switch step {
            case .key(let name): text += text.isEmpty ? name : ".\(name)"
            case .index(let index): text += "[\(index)]"
            }
        }
        return text
    }

    /// How a sentence about the value begins.
    package var subject: String {
        steps.isEmpty ? "the value" : "\"\(self)\""
    }
}
