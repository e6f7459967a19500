import KernelSystem

/// What was asked for on the command line.
struct RecorderOptions: Sendable {
    var module = ""
    var preset: String?
    var base: String?
    var model = ""
    var keyVariable: String?
    var source: String?
    var folder: String?
    var replaces = false
    /// Also what the server says only for now.
    var keepsRefusals = false
    /// Names of chats; empty means all.
    var chats: [String] = []

    struct Mistake: Error, CustomStringConvertible {
        let description: String
    }

    init(_ arguments: [String]) throws(Mistake) {
        var rest = arguments[...]
        func value(of option: String) throws(Mistake) -> String {
            guard let value = rest.popFirst(), !value.hasPrefix("--") else {
                throw Mistake(description: "\(option) needs a value")
            }
            return value
        }
        var words: [String] = []
        while let argument = rest.popFirst() {
            switch argument {
            case "--preset": preset = try value(of: argument)
            case "--base": base = try value(of: argument)
            case "--model": model = try value(of: argument)
            case "--key": keyVariable = try value(of: argument)
            case "--from": source = try value(of: argument)
            case "--into": folder = try value(of: argument)
            case "--replace": replaces = true
            case "--refusals": keepsRefusals = true
            case let option where option.hasPrefix("-"):
                throw Mistake(description: "unknown option \(option)")
            default: words.append(argument)
            }
        }
        guard let first = words.first else { throw Mistake(description: "which provider?") }
        guard !model.isEmpty else { throw Mistake(description: "which model? --model") }
        module = first
        chats = Array(words.dropFirst())
    }
}
