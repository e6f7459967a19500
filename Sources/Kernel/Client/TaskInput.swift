package import KernelWire
import ModuleJSON

/// What stands behind the name of a task: made into what `call.run` takes, or refused with the
/// argument that is wrong.
package struct TaskInput {
    let task: KnownModules.Task
    private let schema: ArgumentSchema

    package init(_ task: KnownModules.Task) {
        self.task = task
        schema = ArgumentSchema(task.listing.arguments)
    }

    package var takesText: Bool { task.listing.accepts == "bytes" }

    /// `--json` with an object.
    package func run(json text: String) throws(CommandProblem) -> RunCall {
        guard !takesText else {
            throw CommandProblem("\(task.address) takes text, not JSON: leave --json out")
        }
        let json: JSON
        do {
            json = try JSON(parsing: text)
        } catch {
            throw CommandProblem("what follows --json is not JSON: \(error)")
        }
        guard json.object != nil else {
            throw CommandProblem("what follows --json must be an object, but is \(json.shown)")
        }
        return try checked(json)
    }

    package func run(text: String) -> RunCall {
        RunCall(task: task.address, text: text)
    }

    /// `name=value` words, and at most one value without a name.
    package func run(words: [CommandWords.Word]) throws(CommandProblem) -> RunCall {
        var values = JSONObject()
        var unnamed: [String] = []
        for word in words {
            if let name = word.name {
                try add(word.value, as: name, to: &values)
            } else {
                unnamed.append(word.text)
            }
        }
        if let first = unnamed.first {
            try place(first, all: unnamed, in: &values)
        }
        return try checked(.object(values))
    }

    private func add(
        _ text: String, as name: String, to values: inout JSONObject
    ) throws(CommandProblem) {
        guard let argument = schema.argument(name) else {
            guard schema.takesOthers else { throw unknown(name) }
            values[name] = (try? JSON(parsing: text)) ?? .string(text)
            return
        }
        let value = try ArgumentText(argument).value(of: text)
        guard let before = values[name] else { return values[name] = value }
        guard let earlier = before.array, let more = value.array else {
            throw CommandProblem("\"\(name)\" is given twice")
        }
        values[name] = .array(earlier + more)
    }

    private func unknown(_ name: String) -> CommandProblem {
        let names = schema.arguments.map(\.name)
        guard !names.isEmpty else { return CommandProblem("\(task.address) takes no arguments") }
        let hint = Spelling.hint(for: name, among: names)
        let list = "; it takes " + names.joined(separator: ", ")
        return CommandProblem(
            "\(task.address) has no argument \"\(name)\"\(hint.isEmpty ? list : hint)")
    }

    /// The first required argument that has no value yet takes it, or else the first one.
    private func place(
        _ text: String, all unnamed: [String], in values: inout JSONObject
    ) throws(CommandProblem) {
        let open = schema.arguments.filter { values[$0.name] == nil }
        let place = open.first(where: \.isRequired) ?? schema.arguments.first
        guard let place, values[place.name] == nil else {
            guard !schema.arguments.isEmpty else {
                throw CommandProblem("\(task.address) takes no arguments")
            }
            throw CommandProblem("\"\(text)\" needs a name: write name=value")
        }
        guard unnamed.count == 1 else {
            let whole = unnamed.joined(separator: " ")
            throw CommandProblem(
                "\"\(unnamed[1])\" needs a name: write name=value, or quotes around a value with "
                    + "spaces: \(place.name)=\"\(whole)\"")
        }
        values[place.name] = try ArgumentText(place).value(of: text)
    }

    private func checked(_ arguments: JSON) throws(CommandProblem) -> RunCall {
        guard let json = task.listing.arguments else {
            guard arguments.object?.isEmpty ?? true else {
                throw CommandProblem("\(task.address) takes no arguments")
            }
            return RunCall(task: task.address, arguments: arguments)
        }
        // The kernel checks again: a schema that is not understood here may be understood there.
        if let problem = (try? JSONSchema(json))?.problems(in: arguments).first {
            throw CommandProblem("\(task.address): \(problem.sentence)\(help(for: problem))")
        }
        return RunCall(task: task.address, arguments: arguments)
    }

    /// What a missing argument is for.
    private func help(for problem: JSONSchemaProblem) -> String {
        guard problem.sentence.hasSuffix("is missing") else { return "" }
        let name = problem.path.description
        guard let about = schema.argument(name)?.about, !about.isEmpty else { return "" }
        return ": \(about)"
    }
}
