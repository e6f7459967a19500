/// What was chosen at a client and holds until something else is chosen: values by name.
package protocol PreferenceRecords: Sendable {
    /// Nil takes it away.
    func put(_ name: String, _ value: String?, _ done: @escaping Completion<Void>)
    func value(of name: String, _ done: @escaping Completion<String?>)
}
