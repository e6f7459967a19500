/// Small things that the kernel must not forget, by name: when it last ended well, in which mode it
/// is to start.
package protocol Facts: Sendable {
    func fact(_ name: String, _ done: @escaping Completion<[UInt8]?>)
    /// Those whose names begin with `prefix`.
    func facts(_ prefix: String, _ done: @escaping Completion<[String: [UInt8]]>)
    /// Nil forgets it. At most `StoreLimits.factBytesMax` bytes.
    func setFact(_ name: String, _ value: [UInt8]?, _ done: @escaping Completion<Void>)
}
