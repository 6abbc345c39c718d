#!/usr/bin/env python3
"""The floors check must find what it is there for."""

import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import check_floors  # noqa: E402


class FloorsTest(unittest.TestCase):
    def offences(self, files):
        with tempfile.TemporaryDirectory() as folder:
            root = pathlib.Path(folder)
            for name, text in files.items():
                path = root / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text)
            return list(check_floors.check_tree(root))

    def test_going_down_is_allowed(self):
        self.assertEqual([], self.offences({
            "engine/base/a.h": "#include <vector>\n",
            "engine/txn/b.cc": '#include "base/a.h"\n#include "absl/strings/str_cat.h"\n',
            "capi/include/kontor/kontor.h": "#include <stdint.h>\n",
            "capi/src/c.cc": '#include "base/a.h"\n#include <kontor/kontor.h>\n#include "d.h"\n',
            "bindings/shell/main.cc": '#include <kontor/kontor.h>\n#include "line.h"\n',
            "bindings/shell/line.h": "",
            "fuzz/x_fuzz.cc": "#include <kontor/kontor.hpp>\n",
            "tests/unit/base/a_test.cc": '#include "session/whatever.h"\n',
        }))

    def test_going_up_is_found_with_file_and_line(self):
        found = self.offences({"engine/base/a.cc": '\n#include "keyspace/table.h"\n'})
        self.assertEqual(1, len(found))
        self.assertTrue(found[0].startswith('engine/base/a.cc:2: base must not include'), found)

    def test_engine_does_not_see_the_c_abi(self):
        self.assertEqual(1, len(self.offences({"engine/db/a.cc": "#include <kontor/kontor.h>\n"})))

    def test_bindings_fuzz_and_examples_see_only_the_c_abi(self):
        self.assertEqual(4, len(self.offences({
            "engine/base/a.h": "",
            "bindings/shell/a.cc": '#include "base/a.h"\n',
            "bindings/python/b.cc": '#include "../../engine/base/a.h"\n',
            "fuzz/c_fuzz.cc": '#include "db/database.h"\n',
            "capi/examples/d.cc": '#include "base/a.h"\n',
        })))

    def test_long_files_are_found(self):
        self.assertEqual([], self.offences({"engine/base/a.h": "\n" * 600}))
        self.assertEqual(1, len(self.offences({"engine/base/a.h": "\n" * 601})))

    def test_top_level_is_closed(self):
        self.assertEqual(1, len(self.offences({"scripts/x.sh": "", ".ci/run": "", "dev": ""})))


if __name__ == "__main__":
    unittest.main()
