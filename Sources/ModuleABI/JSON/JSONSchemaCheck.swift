/// Compares one document with a schema and collects what is wrong.
struct JSONSchemaCheck {
    private(set) var problems: [JSONSchemaProblem] = []
    private var steps: [JSONPath.Step] = []

    /// More would help nobody.
    private static let problemsMax = 20

    mutating func check(_ value: JSON, against rule: JSONSchemaRule) {
        guard problems.count < Self.problemsMax else { return }
        if let types = rule.types, !types.allows(value) {
            report("must be \(types.wording), but is \(value.shown)")
            return
        }
        if let allowed = rule.allowed, !allowed.contains(where: { $0.isSame(as: value) }) {
            reportNotAllowed(value, allowed)
            return
        }
        switch value {
        case .integer, .number: checkNumber(value, rule)
        case .string(let text):
            checkCount(text.unicodeScalars.count, rule.length, noun: "character")
        case .array(let items): checkItems(items, rule)
        case .object(let object): checkMembers(object, rule)
        case .null, .bool: break
        }
    }

    private mutating func checkNumber(_ value: JSON, _ rule: JSONSchemaRule) {
        if let bound = rule.minimum, value.isLess(than: bound) {
            report("must be at least \(bound.text), but is \(value.text)")
        }
        if let bound = rule.maximum, bound.isLess(than: value) {
            report("must be at most \(bound.text), but is \(value.text)")
        }
        if let bound = rule.above, !bound.isLess(than: value) {
            report("must be more than \(bound.text), but is \(value.text)")
        }
        if let bound = rule.below, !value.isLess(than: bound) {
            report("must be less than \(bound.text), but is \(value.text)")
        }
    }

    private mutating func checkCount(_ count: Int, _ bounds: JSONSchemaRule.Bounds, noun: String) {
        if let least = bounds.least, count < least {
            report("must have at least \(counted(least, noun)), but has \(count)")
        }
        if let most = bounds.most, count > most {
            report("must have at most \(counted(most, noun)), but has \(count)")
        }
    }

    private mutating func checkItems(_ items: [JSON], _ rule: JSONSchemaRule) {
        checkCount(items.count, rule.itemCount, noun: "item")
        guard let itemRule = rule.items else { return }
        for (index, item) in items.enumerated() {
            inside(.index(index)) { $0.check(item, against: itemRule) }
        }
    }

    private mutating func checkMembers(_ object: JSONObject, _ rule: JSONSchemaRule) {
        for name in rule.required where object[name] == nil {
            inside(.key(name)) { $0.report("is missing") }
        }
        for pair in object.pairs {
            if let property = rule.rule(for: pair.key) {
                inside(.key(pair.key)) { $0.check(pair.value, against: property) }
                continue
            }
            switch rule.additional {
            case .anything: break
            case .each(let other): inside(.key(pair.key)) { $0.check(pair.value, against: other) }
            case .nothing:
                let unused = rule.properties.map(\.name).filter { object[$0] == nil }
                let hint = Spelling.hint(for: pair.key, among: unused)
                inside(.key(pair.key)) { $0.report("is not known\(hint)") }
            }
        }
    }

    private mutating func inside(_ step: JSONPath.Step, _ body: (inout JSONSchemaCheck) -> Void) {
        steps.append(step)
        body(&self)
        steps.removeLast()
    }

    private mutating func reportNotAllowed(_ value: JSON, _ allowed: [JSON]) {
        if let only = allowed.first, allowed.count == 1 {
            return report("must be \(only.text), but is \(value.shown)")
        }
        let list = allowed.map(\.text).joined(separator: ", ")
        let hint = value.string.map { Spelling.hint(for: $0, among: allowed.compactMap(\.string)) }
        report("must be one of \(list), but is \(value.shown)\(hint ?? "")")
    }

    private mutating func report(_ problem: String) {
        guard problems.count < Self.problemsMax else { return }
        let path = JSONPath(steps)
        problems.append(JSONSchemaProblem(path: path, sentence: "\(path.subject) \(problem)"))
    }
}

extension JSON {
    /// Equal as JSON Schema has it: 1 and 1.0 are the same number.
    fileprivate func isSame(as other: JSON) -> Bool {
        self == other || number != nil && number == other.number
    }

    fileprivate func isLess(than other: JSON) -> Bool {
        if case .integer(let left) = self, case .integer(let right) = other { return left < right }
        guard let left = number, let right = other.number else { return false }
        return left < right
    }
}
