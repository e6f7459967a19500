import ModuleJSON

/// The options and operands of one command.
struct CommandLineReading {
    typealias UsageError = CommandLineOptions.UsageError

    private let specification: CommandSpecification
    private var switches: Set<String> = []
    private var values: [String: String] = [:]
    private(set) var operands: [String] = []

    private static let abbreviations = ["-h": "--help"]

    init(_ arguments: [String], _ selection: CommandSelection) throws(UsageError) {
        specification = selection.specification
        var position = 0
        var optionsHaveEnded = false
        while position < arguments.count {
            defer { position += 1 }
            let text = arguments[position]
            if selection.positions.contains(position) { continue }
            if optionsHaveEnded || !text.hasPrefix("-") || Int(text) != nil || text == "-" {
                operands.append(text)
            } else if text == "--" {
                optionsHaveEnded = true
            } else {
                let next = selection.positions.contains(position + 1) ? nil : position + 1
                let value = next.flatMap { $0 < arguments.count ? arguments[$0] : nil }
                if try takeOption(text, next: value) { position += 1 }
            }
        }
    }

    func has(_ name: String) -> Bool { switches.contains(name) }
    func value(_ name: String) -> String? { values[name] }

    func seconds(_ name: String) throws(UsageError) -> Double? {
        guard let text = value(name) else { return nil }
        guard let seconds = Double(text), seconds > 0, seconds.isFinite else {
            throw error("\(name) must be a number of seconds, but is \(text)")
        }
        return seconds
    }

    func integer(_ name: String) throws(UsageError) -> Int? {
        guard let text = value(name) else { return nil }
        guard let number = Int(text) else {
            throw error("\(name) must be a whole number, but is \(text)")
        }
        return number
    }

    func error(_ sentence: String) -> UsageError {
        UsageError(sentence, usage: HelpText(specification).usage, topic: topic)
    }

    private var topic: String? {
        specification.path.isEmpty ? nil : specification.path.joined(separator: " ")
    }

    /// Answers whether the next argument is this one's value.
    private mutating func takeOption(_ text: String, next: String?) throws(UsageError) -> Bool {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        let typed = String(parts[0])
        let name = Self.abbreviations[typed] ?? typed
        let options = specification.options + CommandSpecification.globalOptions
        guard let option = options.first(where: { $0.name == name }) else {
            let hint = Spelling.hint(for: name, among: options.map(\.name))
            throw error("there is no option \(typed) here\(hint)")
        }
        let attached = parts.count > 1 ? String(parts[1]) : nil
        guard option.value != nil else {
            if attached != nil { throw error("\(name) takes no value") }
            switches.insert(name)
            return false
        }
        guard let value = attached ?? next else {
            throw error("\(name) needs a value: \(option.usage)")
        }
        guard values.updateValue(value, forKey: name) == nil else {
            throw error("\(name) is given twice")
        }
        return attached == nil
    }

    /// As many operands as the command takes.
    func checkOperands() throws(UsageError) {
        let expected = specification.operands
        for (index, operand) in expected.enumerated()
        where operand.isRequired && index >= operands.count {
            throw error("\(topic ?? "kernel") needs <\(operand.name)>: \(operand.about)")
        }
        guard operands.count > expected.count, expected.last?.repeats != true else { return }
        throw error("\"\(operands[expected.count])\" is too much here")
    }
}
