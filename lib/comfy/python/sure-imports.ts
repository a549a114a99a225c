/** Modules of Python's library that every version from 3.9 to 3.13 has on every system (`sys.stdlib_module_names`, read 2026-11). */
const STANDARD: ReadonlySet<string> = new Set(
  `__future__ abc argparse array ast asyncio atexit base64 bdb binascii bisect builtins bz2 cProfile calendar cmath cmd code codecs codeop
  collections colorsys compileall concurrent configparser contextlib contextvars copy copyreg csv ctypes dataclasses datetime dbm decimal
  difflib dis doctest email encodings enum errno faulthandler filecmp fileinput fnmatch fractions ftplib functools gc genericpath getopt
  getpass gettext glob graphlib gzip hashlib heapq hmac html http imaplib importlib inspect io ipaddress itertools json keyword linecache
  locale logging lzma mailbox marshal math mimetypes mmap modulefinder multiprocessing netrc ntpath numbers opcode operator optparse os
  pathlib pdb pickle pickletools pkgutil platform plistlib poplib posixpath pprint profile pstats py_compile pyclbr pydoc queue quopri
  random re reprlib rlcompleter runpy sched secrets select selectors shelve shlex shutil signal site smtplib socket socketserver sqlite3
  ssl stat statistics string stringprep struct subprocess symtable sys sysconfig tabnanny tarfile tempfile textwrap threading time timeit
  token tokenize trace traceback tracemalloc types typing unicodedata unittest urllib uuid venv warnings wave weakref webbrowser wsgiref
  xml xmlrpc zipapp zipfile zipimport zlib zoneinfo`.split(/\s+/),
);

/** Packages without which ComfyUI does not start (its `requirements.txt`, read 2026-11). Which names they have depends on their version. */
const REQUIRED: ReadonlySet<string> = new Set([
  'torch',
  'torchvision',
  'numpy',
  'einops',
  'transformers',
  'safetensors',
  'aiohttp',
  'yarl',
  'yaml',
  'PIL',
  'scipy',
  'tqdm',
  'psutil',
]);

/** Whether `from path import name` finds its module, and whatever it names there, in every Python. */
export function isStandardModule(path: string): boolean {
  return STANDARD.has(path.split('.')[0] ?? path);
}

/** Whether `import path` succeeds wherever ComfyUI runs. */
export function isSureModule(path: string): boolean {
  return isStandardModule(path) || REQUIRED.has(path);
}
