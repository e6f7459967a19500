import KernelBase
import KernelHosting
import ModuleChat
import ModuleJSON

// What a module says of the models that it provides.
extension ModuleCheck {
    mutating func checkProvider(_ subject: CheckSubject) {
        guard subject.abilities?.provides == true else { return }
        let tools = tools
        step("provider") {
            let descriptions = try [false, true].map { starts in
                let worker = try tools.worker(subject)
                _ = try worker.setUp(subject.request(starts: starts))
                return try worker.describe()
            }
            guard descriptions[0] == descriptions[1] else {
                throw ModuleFailure(
                    .describe, .invalid,
                    "two instances describe themselves differently: the kernel asks only once")
            }
            let provider = try ProviderDescription(JSON(parsing: descriptions[0]))
            return "\(provider.name): " + provider.presets.map(\.id).joined(separator: ", ")
        }
    }
}
