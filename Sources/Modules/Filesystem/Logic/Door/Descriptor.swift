/// An open file or folder; closed when it is no longer held.
struct Descriptor: ~Copyable, Sendable {
    let number: CInt

    init(owning number: CInt) {
        self.number = number
    }

    deinit {
        Door.close(number)
    }
}
