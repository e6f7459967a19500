import KernelWire
import ModuleJSON

/// A line that works, or nearly so, for a task.
package enum ExampleLine {
    /// One for the first screen: something that only reads and needs nothing filled in.
    package static func any(_ known: KnownModules) -> String? {
        if known.taskIfKnown("fs.list") != nil { return "fs.list path=." }
        let readers = known.tasks.filter {
            $0.listing.risk == "read" && $0.listing.accepts == "json"
        }
        let complete = readers.first { task in
            ArgumentSchema(task.listing.arguments).arguments.allSatisfy { !$0.isRequired }
        }
        return (complete ?? readers.first ?? known.tasks.first).map { line(for: $0) }
    }

    package static func line(for task: KnownModules.Task) -> String {
        if task.listing.accepts == "bytes" { return "\(task.address) some text" }
        let schema = ArgumentSchema(task.listing.arguments)
        let required = schema.arguments.filter(\.isRequired)
        let shown =
            required.isEmpty
            ? Array(schema.arguments.prefix(1)) : required + texts(behind: required, task, schema)
        return ([task.address] + shown.map { "\($0.name)=\(value(of: $0))" })
            .joined(separator: " ")
    }

    /// A task that changes something often has texts that are optional only because there is
    /// another way to say it: those that stand right behind what is required.
    private static func texts(
        behind required: [ArgumentSchema.Argument], _ task: KnownModules.Task,
        _ schema: ArgumentSchema
    ) -> [ArgumentSchema.Argument] {
        guard task.listing.risk != "read", let last = required.last else { return [] }
        let rest = schema.arguments.drop { $0.name != last.name }.dropFirst()
        return Array(rest.prefix { $0.types.first == "string" && $0.fallback == nil })
    }

    private static func value(of argument: ArgumentSchema.Argument) -> String {
        if let fallback = argument.fallback, !fallback.isNull {
            let text = fallback.string ?? fallback.text
            let isPlain =
                !text.isEmpty && !text.contains { $0.isWhitespace || "\"'\\".contains($0) }
            return isPlain ? text : "'\(text)'"
        }
        if let choice = argument.choices.first { return choice }
        if argument.isPath { return argument.name.hasSuffix("older") ? "." : "README.md" }
        switch argument.types.first {
        case "integer", "number": return argument.schema["minimum"]?.text ?? "1"
        case "array": return "one,two"
        case "object": return "'{}'"
        default: return "text"
        }
    }
}
