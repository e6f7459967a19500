import CSQLite

package enum DatabaseLibrary {
    package static var version: String { unsafe String(cString: sqlite3_libversion()) }
}
