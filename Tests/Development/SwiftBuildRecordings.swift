/// What `swift build` 6.3.1 printed on Debian 12, word for word but for the names of folders.
/// Wide lines of quoted source code are left out.
enum SwiftBuildRecordings {
    static let typeError = #"""
        Building for debugging...
        [0/3] Write sources
        [1/3] Write swift-version-6A52383ED409C6A7.txt
        [3/5] Compiling GreeterModule Greeter.swift
        /home/ann/greeter/Sources/GreeterModule/Greeter.swift:17:84: error: cannot convert \#
        value of type 'String' to expected argument type 'Int'
        15 |
        16 |     func hello(_ arguments: Hello, _ call: Call) async throws -> String {
        18 |         return lines.joined(separator: "\n")
        19 |     }
        [4/5] Emitting module GreeterModule
        """#

    static let warnings = #"""
        Building for debugging...
        [0/3] Write sources
        [1/3] Write swift-version-6A52383ED409C6A7.txt
        [3/5] Compiling GreeterModule Greeter.swift
        /home/ann/greeter/Sources/GreeterModule/Greeter.swift:17:13: warning: \#
        initialization of immutable value 'unused' was never used; consider replacing with \#
        assignment to '_' or removing it [#no-usage]
        15 |
        16 |     func hello(_ arguments: Hello, _ call: Call) async throws -> String {
        17 |         let unused = 3
        19 |         return lines.joined(separator: "\n")

        /home/ann/greeter/Sources/GreeterModule/Greeter.swift:18:13: warning: variable \#
        'lines' was never mutated; consider changing to 'let' constant
        16 |     func hello(_ arguments: Hello, _ call: Call) async throws -> String {
        17 |         let unused = 3
        19 |         return lines.joined(separator: "\n")
        20 |     }
        [4/5] Emitting module GreeterModule
        [5/7] Write Objects.LinkFileList
        [6/7] Linking libgreeter.so
        Build complete! (0.80s)
        """#

    static let missingModule = #"""
        [0/1] Planning build
        Building for debugging...
        [0/7] Write sources
        [1/7] Write swift-version-6A52383ED409C6A7.txt
        error: emit-module command failed with exit code 1 (use -v to see invocation)
        [3/7] Emitting module GreeterModule
        /home/ann/greeter/Sources/GreeterModule/Other.swift:1:8: error: no such module \#
        'Nothing'
        1 | import Nothing
          |        `- error: no such module 'Nothing'
        2 | func a() { b() ; c() }
        3 | func zz() -> Greeter { Greeter(3) }
        [4/8] Compiling GreeterModule Greeter.swift
        /home/ann/greeter/Sources/GreeterModule/Other.swift:1:8: error: no such module \#
        'Nothing'
        1 | import Nothing
          |        `- error: no such module 'Nothing'
        2 | func a() { b() ; c() }
        3 | func zz() -> Greeter { Greeter(3) }
        [5/8] Compiling GreeterModule Other.swift
        /home/ann/greeter/Sources/GreeterModule/Other.swift:1:8: error: no such module \#
        'Nothing'
        1 | import Nothing
          |        `- error: no such module 'Nothing'
        2 | func a() { b() ; c() }
        3 | func zz() -> Greeter { Greeter(3) }
        """#

    static let twoFiles = #"""
        Building for debugging...
        [0/7] Write sources
        [1/7] Write swift-version-6A52383ED409C6A7.txt
        error: emit-module command failed with exit code 1 (use -v to see invocation)
        [3/7] Emitting module GreeterModule
        /home/ann/greeter/Sources/GreeterModule/Greeter.swift:5:31: error: 'Greeter' is \#
        ambiguous for type lookup in this context
         1 | import ModuleKit
         2 |
         3 | struct Greeter: Module {
           |        `- note: found this candidate
         5 |     static let tasks: [TaskOf<Greeter>] = [
         7 |     ]

        /home/ann/greeter/Sources/GreeterModule/Other.swift:3:8: note: found this candidate
        1 | func a() { b() ; c() }
        2 | func zz() -> Greeter { Greeter(3) }
        3 | struct Greeter {}
          |        `- note: found this candidate
        4 |

        /home/ann/greeter/Sources/GreeterModule/Greeter.swift:3:8: error: invalid \#
        redeclaration of 'Greeter'
         1 | import ModuleKit
         2 |
         3 | struct Greeter: Module {
           |        `- error: invalid redeclaration of 'Greeter'
         5 |     static let tasks: [TaskOf<Greeter>] = [

        /home/ann/greeter/Sources/GreeterModule/Other.swift:2:14: error: 'Greeter' is \#
        ambiguous for type lookup in this context
        1 | func a() { b() ; c() }
        2 | func zz() -> Greeter { Greeter(3) }
          |              `- error: 'Greeter' is ambiguous for type lookup in this context
        3 | struct Greeter {}
          |        `- note: found this candidate
        4 |

        /home/ann/greeter/Sources/GreeterModule/Greeter.swift:3:8: note: found this \#
        candidate
         1 | import ModuleKit
         2 |
         3 | struct Greeter: Module {
           |        `- note: found this candidate
         5 |     static let tasks: [TaskOf<Greeter>] = [
        [4/8] Compiling GreeterModule Greeter.swift
        /home/ann/greeter/Sources/GreeterModule/Greeter.swift:5:31: error: 'Greeter' is \#
        ambiguous for type lookup in this context
         1 | import ModuleKit
         2 |
         3 | struct Greeter: Module {
           |        `- note: found this candidate
         5 |     static let tasks: [TaskOf<Greeter>] = [
         7 |     ]

        /home/ann/greeter/Sources/GreeterModule/Other.swift:3:8: note: found this candidate
        1 | func a() { b() ; c() }
        2 | func zz() -> Greeter { Greeter(3) }
        3 | struct Greeter {}
          |        `- note: found this candidate
        4 |

        /home/ann/greeter/Sources/GreeterModule/Greeter.swift:3:8: error: invalid \#
        redeclaration of 'Greeter'
         1 | import ModuleKit
         2 |
         3 | struct Greeter: Module {
           |        `- error: invalid redeclaration of 'Greeter'
         5 |     static let tasks: [TaskOf<Greeter>] = [

        /home/ann/greeter/Sources/GreeterModule/Greeter.swift:22:68: error: type 'Greeter' \#
        has no member 'entry'
        20 | }
        21 |
        22 | @c(module_entry) public func entry() -> UnsafeRawPointer { Greeter.entry }
        23 |
        """#

    static let manifestError = #"""
        [0/1] Planning build
        error: 'greeter': Invalid manifest (compiled with: ["/opt/swift/usr/bin/swiftc", \#
        "-o", "greeter-manifest"])
        /home/ann/greeter/Package.swift:4:15: error: no exact matches in call to initializer
         2 | import PackageDescription
         3 |
         4 | let package = Package(
           |               `- error: no exact matches in call to initializer
         5 |     name: "greeter",

        PackageDescription.Package.init:3:10: note: incorrect labels for candidate (have: \#
        '(name:produkts:dependencies:targets:)', expected: \#
        '(name:products:dependencies:targets:)')
        1 | class Package {
        2 | @available(_PackageDescription 6)
        4 |

        PackageDescription.Package.init:3:10: note: incorrect labels for candidate (have: \#
        '(name:produkts:dependencies:targets:)', expected: \#
        '(name:products:dependencies:targets:)')
        1 | class Package {
        2 | @available(_PackageDescription 6.1)
        4 |
        error: ExitCode(rawValue: 1)
        """#

    static let missingDependency = #"""
        [0/1] Planning build
        error: the package at '/home/ann/nowhere' cannot be accessed (/home/ann/nowhere \#
        doesn't exist in file system)
        error: ExitCode(rawValue: 1)
        """#

    static let missingProduct = #"""
        [0/1] Planning build
        error: 'greeter': product 'ModuleKitt' required by package 'greeter' target \#
        'GreeterModule' not found in package 'kernel'.
        error: ExitCode(rawValue: 1)
        """#

    static let cError = #"""
        [0/1] Planning build
        Building for debugging...
        /home/ann/counter/Sources/CounterModule/counter.c:35:32: error: use of undeclared \#
        identifier 'MOD_NOT_FOND'; did you mean 'MOD_NOT_FOUND'?
              |                                ^~~~~~~~~~~~
              |                                MOD_NOT_FOUND
        /home/ann/kernel/Sources/ModuleABI/C/include/mod/types.h:66:5: note: \#
        'MOD_NOT_FOUND' declared here
           66 |     MOD_NOT_FOUND = -3,
              |     ^
        1 error generated.
        [0/2] Compiling CounterModule counter.c
        """#

    static let cMissingHeader = #"""
        Building for debugging...
        /home/ann/counter/Sources/CounterModule/counter.c:4:10: fatal error: 'stdioo.h' \#
        file not found
            4 | #include <stdioo.h>
              |          ^~~~~~~~~~
        1 error generated.
        [0/2] Compiling CounterModule counter.c
        """#

    static let duplicateSymbol = #"""
        [0/1] Planning build
        Building for debugging...
        [0/3] Compiling CounterModule second.c
        [1/3] Write Objects.LinkFileList
        error: link command failed with exit code 1 (use -v to see invocation)
        /usr/bin/ld.gold: error: \#
        /home/ann/counter/.build/x86_64-unknown-linux-gnu/debug/CounterModule.build/second.c\#
        .o: multiple definition of 'module_entry'
        /usr/bin/ld.gold: \#
        /home/ann/counter/.build/x86_64-unknown-linux-gnu/debug/CounterModule.build/counter.\#
        c.o: previous definition here
        clang: error: linker command failed with exit code 1 (use -v to see invocation)
        [2/3] Linking libcounter.so
        """#

    static let missingLibrary = #"""
        [0/1] Planning build
        Building for debugging...
        [0/2] Write Objects.LinkFileList
        error: link command failed with exit code 1 (use -v to see invocation)
        /usr/bin/ld.gold: error: cannot find -lnothing
        clang: error: linker command failed with exit code 1 (use -v to see invocation)
        [1/2] Linking libcounter.so
        """#

    static let upToDate = #"""
        Building for debugging...
        [0/2] Write swift-version-6A52383ED409C6A7.txt
        Build complete! (0.17s)
        """#
}
