import ModuleJSON

extension Spelling {
    /// " Did you mean \"x\"?" for the end of a text, or nothing if no candidate is near.
    static func question(for word: String, among candidates: [String]) -> String {
        closest(to: word, among: candidates).map { " Did you mean \"\($0)\"?" } ?? ""
    }
}
