/// One of a few things that people write by name.
package protocol NamedChoice: CaseIterable {
    var name: String { get }
}

extension NamedChoice {
    /// Nil if there is none of this name.
    package init?(name: String) {
        guard let choice = Self.allCases.first(where: { $0.name == name }) else { return nil }
        self = choice
    }
}
