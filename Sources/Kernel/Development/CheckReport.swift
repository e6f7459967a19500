import KernelBase
package import ModuleJSON

/// What `kernel module check` found out about one file.
package struct CheckReport: Sendable, Hashable {
    package let file: String
    package private(set) var findings: [Finding] = []

    package struct Finding: Sendable, Hashable, CustomStringConvertible {
        package let check: String
        package let verdict: Verdict
        package let sentence: String

        package var description: String { "\(verdict.mark) \(check): \(sentence)" }
    }

    package enum Verdict: String, Sendable, Hashable, CaseIterable {
        case ok
        case warn
        /// The module would be refused, or could do harm.
        case fail

        var mark: String {
            switch self {
            case .ok: "ok  "
            case .warn: "warn"
            case .fail: "FAIL"
            }
        }
    }

    init(file: String) {
        self.file = file
    }

    mutating func add(_ check: String, _ verdict: Verdict, _ sentence: String) {
        findings.append(Finding(check: check, verdict: verdict, sentence: sentence))
    }

    package var hasFailed: Bool { findings.contains { $0.verdict == .fail } }

    private func count(_ verdict: Verdict) -> Int { findings.count { $0.verdict == verdict } }

    /// For a person: a line for each check, and one for the whole.
    package var lines: [String] {
        let verdict = hasFailed ? "this module would not serve" : "this module is fit to serve"
        return findings.map(\.description) + [
            "\(verdict): \(count(.ok)) ok, \(Amount.count(count(.warn), "warning")), "
                + Amount.count(count(.fail), "failure")
        ]
    }

    package var json: JSON {
        let checks = findings.map { finding -> JSON in
            .object(
                JSONObject([
                    (key: "check", value: .string(finding.check)),
                    (key: "verdict", value: .string(finding.verdict.rawValue)),
                    (key: "message", value: .string(finding.sentence)),
                ]))
        }
        return .object(
            JSONObject([
                (key: "file", value: .string(file)), (key: "ok", value: .bool(!hasFailed)),
                (key: "checks", value: .array(checks)),
            ]))
    }
}
