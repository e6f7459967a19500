import CSandbox
package import KernelSystem

/// How a process becomes a program, and how all that it starts is ended.
extension Sandbox {
    /// Returns only if that fails. `input` becomes what the program reads.
    package static func become(
        _ program: String, _ arguments: [String], environment: [String], in folder: String,
        input: borrowing FileDescriptor
    ) -> SystemError {
        let (words, variables) = (CStrings([program] + arguments), CStrings(environment))
        let number = input.raw
        var step: Int32 = 0
        let code = unsafe words.withPointers { words in
            unsafe variables.withPointers { variables in
                unsafe sandbox_become(program, words, variables, folder, number, &step)
            }
        }
        return switch step {
        case 1: SystemError("hand over the input", code: code)
        case 2: SystemError("change to", folder, code: code)
        default: SystemError("start", program, code: code)
        }
    }

    /// Ends children, which were not waited for yet, with all in their groups.
    package static func endGroups(of children: some Sequence<Int32>) {
        for child in children { sandbox_end_group(child) }
    }
}
