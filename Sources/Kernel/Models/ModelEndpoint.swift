package import KernelHTTP
import KernelLists
package import ModuleJSON

/// A provider as the configuration has it: which module speaks to which server, and with what.
package struct ModelEndpoint: Sendable, Hashable {
    /// What stands before the slash in the names of its models.
    package var name: String
    package var module: String
    package var preset: String
    /// Without a slash at its end.
    package var base: String
    package var keys: [String] = []
    package var options: JSONObject = [:]
    package var limits = HTTPLimits()
    package var proxy = HTTPProxy.none
    package var certificatesFile: String?
    /// This machine and private networks only where the user, or the kernel itself, named it.
    package var reach = HTTPRequest.Reach.everything

    package init(name: String, module: String, preset: String, base: String) {
        self.name = name
        self.module = module
        self.preset = preset
        self.base = base
    }
}

extension ListedServer {
    init(_ endpoint: ModelEndpoint) {
        self.init(provider: endpoint.name, preset: endpoint.preset, base: endpoint.base)
    }
}
