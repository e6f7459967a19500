import KernelSystem
package import Testing

/// A build that watches memory or threads: `dev/check --sanitize`.
package enum SanitizerBuild {
    package static let isThis = Environment.value("KERNEL_SANITIZED") != nil

    /// Cases that depend on speed: such a build is many times as slow.
    package static func without<Case>(_ cases: [Case]) -> [Case] { isThis ? [] : cases }
}

extension Trait where Self == ConditionTrait {
    /// For what measures memory: a sanitizer's own, many times that of the code, would be measured.
    package static var withoutSanitizer: Self {
        .disabled(if: SanitizerBuild.isThis, "a sanitizer's own memory would be measured")
    }
}
