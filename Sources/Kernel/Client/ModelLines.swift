import KernelBase
package import KernelTerminal
package import KernelWire

/// What is said of one model.
package enum ModelLines {
    /// `128k`, `2,048`
    static func tokens(_ count: Int) -> String {
        switch count {
        case 1_000_000...: decimal(Double(count) / 1_000_000) + "M"
        case 10_000...: "\(count / 1_000)k"
        default: Amount.grouped(count)
        }
    }

    private static func decimal(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }

    /// `$0.27/$1.10`: in and out, for a million tokens.
    static func price(_ model: ModelView) -> String? {
        guard let input = model.inputPrice, let output = model.outputPrice,
            known.contains(input), known.contains(output)
        else { return nil }
        return input == 0 && output == 0 ? "free" : "$\(dollars(input))/$\(dollars(output))"
    }

    /// Of prices; what is beyond was read wrongly by somebody.
    private static let known = 0...1e9

    private static func dollars(_ amount: Double) -> String {
        let cents = Int((amount * 100).rounded())
        let rest = cents % 100
        return "\(cents / 100).\(rest < 10 ? "0" : "")\(rest)"
    }

    static func abilities(_ model: ModelView) -> String {
        let known: [(String, Bool?)] = [
            ("images", model.takesImages), ("tools", model.takesTools), ("thinks", model.thinks),
        ]
        return known.filter { $0.1 == true }.map(\.0).joined(separator: " ")
    }

    /// `loading 40 %`; `ready, 2.1 GB with a window of 4,096 tokens`
    static func state(_ model: ModelView) -> String? {
        guard let state = model.state else { return nil }
        let percent = model.loadedFraction.map { " \(Int(min(max($0, 0), 1) * 100)) %" } ?? ""
        let bytes = model.loadedBytes.map { Amount.memory(bytes: Int(clamping: $0)) }
        let window = model.loadedTokens.map { "a window of \(Amount.grouped($0)) tokens" }
        let memory = [bytes, window].compactMap(\.self).joined(separator: " with ")
        return state + percent + (memory.isEmpty ? "" : ", \(memory)")
    }

    /// `smol (llama-server/SmolLM2), window 2,048 tokens, on this machine`
    package static func sentence(_ model: ModelView) -> StyledText {
        let own = model.provider + "/" + model.model
        var facts = model.name == own ? "" : " (\(own))"
        if let window = model.windowTokens { facts += ", window \(Amount.grouped(window)) tokens" }
        if let price = price(model) {
            facts += price == "free" ? ", free" : ", \(price) for a million tokens in/out"
        }
        facts += model.isLocal ? ", on this machine" : ""
        return StyledText(model.name, .accent) + StyledText(facts, .dim)
    }

    package static func details(_ details: ModelDetails) -> [StyledText] {
        let model = details.model
        var rows: [(String, String?)] = [
            ("model", "\(model.provider)/\(model.model)"), ("name", model.title),
            ("window", model.windowTokens.map { Amount.grouped($0) + " tokens" }),
            ("answer", model.answerTokensMax.map { "at most \(Amount.grouped($0)) tokens" }),
            ("takes", abilities(model).isEmpty ? nil : abilities(model)),
            ("price", price(model).map { $0 == "free" ? $0 : "\($0) for a million tokens in/out" }),
            ("server", details.base.map { model.isLocal ? "\($0), on this machine" : $0 }),
            ("state", state(model)), ("module", details.module),
            ("else", details.fallback.isEmpty ? nil : details.fallback.joined(separator: ", ")),
        ]
        if model.isStandard { rows.append(("", "the default")) }
        let lines = rows.compactMap { name, value in
            value.map { [StyledText(name, .dim), StyledText($0)] }
        }
        let table = TextTable(
            [TextTable.Column(title: ""), TextTable.Column(title: "")], rows: lines, wrapsLast: true
        )
        let problem = details.problem.map {
            [StyledText($0, .warning)]
        }
        return [StyledText(model.name, .bold)] + table.lines(columnsMax: .max, indent: "  ")
            + (problem ?? [])
    }

    package static func trial(_ trial: ModelTrial) -> StyledText {
        let whole = Amount.duration(milliseconds: trial.milliseconds)
        if let failure = trial.failure {
            return StyledText("\(trial.model) failed after \(whole): \(failure.message)", .error)
        }
        let first = trial.firstMilliseconds.map { Amount.duration(milliseconds: $0) } ?? whole
        let tokens = trial.usage?.output.map { ", \(Amount.count($0, "token"))" } ?? ""
        return StyledText("\(trial.model) answers: ", .success)
            + StyledText(trial.text ?? "")
            + StyledText("\nfirst word after \(first), all of it after \(whole)\(tokens)", .dim)
    }

    package static func done(_ verb: String, _ done: ModelDone) -> StyledText {
        let time = Amount.duration(milliseconds: done.milliseconds)
        if let failure = done.failure {
            return StyledText("\(done.model) was not \(verb): \(failure.message)", .error)
        }
        return StyledText("\(done.model) is \(verb)", .success) + StyledText(" (\(time))", .dim)
    }

    /// What a sentence about an answer says that is not as it should be; nil if all is well.
    package static func remark(_ answer: ChatAnswerMessage) -> StyledText? {
        if let failure = answer.failure {
            if failure.kind == ChatFailureView.cancelled {
                // Who cancelled it knows that; else it is said who did.
                let isOwn = failure.message == ChatFailureView.cancelled
                return StyledText(isOwn ? "Cancelled." : "Cancelled: \(failure.message).", .dim)
            }
            let cut = answer.text.isEmpty ? "" : "; the answer is cut short"
            return StyledText("\(answer.model): \(failure.message)\(cut)", .error)
        }
        switch answer.finish {
        case "length":
            return StyledText("The answer ends here at the limit of tokens.", .warning)
        case "filtered":
            let why = answer.finishDetail.map { " (\($0))" } ?? ""
            return StyledText("The provider held the rest back\(why).", .warning)
        case "other":
            let why = answer.finishDetail ?? "the provider does not say why"
            return StyledText("The answer ends here: \(why).", .warning)
        default: return nil
        }
    }
}
