import KernelGenerations
import Testing

@testable import KernelCalls

/// What fixtures require and provide, as definitions.
enum Fitting {
    static func requires(_ list: String) -> String { "ASKER_REQUIRES=\"\(list)\"" }

    static func requirement(_ name: String, _ range: String = "*") -> String {
        #"{\"name\":\"\#(name)\",\"range\":\"\#(range)\"}"#
    }

    static func provides(_ version: String, as id: String = "provider") -> [String] {
        ["FIXTURE_ID=\"\(id)\"", "PROVIDED_VERSION=\"\(version)\""]
    }
}

extension KernelBench {
    static func watched(_ change: (inout Options) -> Void = { _ in }) throws -> KernelBench {
        let bench = try KernelBench(change)
        try bench.watch()
        return bench
    }

    /// Waits until the module goes out of service; returns why.
    func nextRetired(_ module: String) throws -> String {
        try #require(
            events.next { event -> String? in
                guard case .retired(module, let reason) = event else { return nil }
                return reason
            }, "\(module) did not go out of service; what came: \(events.recent)")
    }

    func nextResumed() throws -> String {
        try #require(
            events.next { if case .resumed(let module, _) = $0 { module } else { nil } },
            "nothing came back; what came: \(events.recent)")
    }
}
