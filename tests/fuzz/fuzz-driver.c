/* SPDX-License-Identifier: GPL-3.0-or-later */

/* Where libFuzzer is missing, this is the main() of a fuzzer: it runs every file of a corpus, then a
 * fixed number of changed ones, and reports in TAP. An input that ends the program is kept in the
 * current folder, as libFuzzer does.
 *
 *     fuzz-frame CORPUS-FOLDER [CHANGED-INPUTS]
 *     fuzz-frame FILE            runs one input */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/fuzz/fuzz-mutate.h"
#include "tests/fuzz/fuzz.h"

#define DEFAULT_CHANGED_INPUTS 20000
#define RANDOM_SEED            20260101

/* Given by the sanitizers' runtime when there is one. */
extern void __sanitizer_set_death_callback (void (*callback) (void)) __attribute__ ((weak));

/* For keep_input(), which may run in a signal handler. */
static struct
{
  const uint8_t *data;
  size_t size;
  char path[256];
} current;

static void
keep_input (void)
{
  int fd = open (current.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

  if (fd < 0 || write (fd, current.data, current.size) < 0)
    _exit (2);
  close (fd);
}

static void
signal_cb (int number)
{
  signal (number, SIG_DFL);
  keep_input ();
  raise (number);
}

static void
run_input (const uint8_t *data, size_t size)
{
  /* A copy of just this size, so that a byte read beyond it is noticed. */
  uint8_t *exact = malloc (size);

  if (size > 0)
    memcpy (exact, data, size);
  current.data = exact;
  current.size = size;
  LLVMFuzzerTestOneInput (exact, size);
  current.data = NULL;
  current.size = 0;
  free (exact);
}

static GByteArray *
load (const char *path)
{
  g_autoptr (GError) error = NULL;
  char *data = NULL;
  size_t size = 0;

  if (!g_file_get_contents (path, &data, &size, &error))
    {
      g_printerr ("%s\n", error->message);
      exit (1);
    }
  return g_byte_array_new_take ((uint8_t *) data, size);
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (*(const char *const *) a, *(const char *const *) b);
}

/* In the order of their names, so that the changed inputs are the same on every machine. */
static GPtrArray *
load_corpus (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  GPtrArray *seeds = g_ptr_array_new_with_free_func ((GDestroyNotify) g_byte_array_unref);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    g_ptr_array_add (names, g_build_filename (folder, name, NULL));
  g_ptr_array_sort (names, compare_names);
  for (unsigned i = 0; i < names->len; i++)
    g_ptr_array_add (seeds, load (g_ptr_array_index (names, i)));
  return seeds;
}

static void
run_changed (const GPtrArray *seeds, unsigned count)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (RANDOM_SEED);

  while (count-- > 0)
    {
      g_autoptr (GByteArray) input = fuzz_mutate (random, seeds);

      run_input (input->data, input->len);
    }
}

static int
run_folder (const char *folder, unsigned count)
{
  g_autoptr (GPtrArray) seeds = load_corpus (folder);

  if (seeds->len == 0)
    {
      g_print ("Bail out! no corpus in %s\n", folder);
      return 1;
    }
  g_print ("1..3\n");
  run_input (NULL, 0);
  g_print ("ok 1 - the empty input\n");
  for (unsigned i = 0; i < seeds->len; i++)
    {
      const GByteArray *seed = g_ptr_array_index (seeds, i);

      run_input (seed->data, seed->len);
    }
  g_print ("ok 2 - %u files of the corpus\n", seeds->len);
  run_changed (seeds, count);
  g_print ("ok 3 - %u changed inputs\n", count);
  return 0;
}

static void
watch_for_death (const char *program)
{
  static const int signals[] = { SIGABRT, SIGTRAP, SIGSEGV, SIGBUS, SIGFPE, SIGILL };
  g_autofree char *name = g_path_get_basename (program);

  g_snprintf (current.path, sizeof current.path, "crash-%s", name);
  if (__sanitizer_set_death_callback != NULL)
    __sanitizer_set_death_callback (keep_input);
  else
    for (size_t i = 0; i < G_N_ELEMENTS (signals); i++)
      signal (signals[i], signal_cb);
  signal (SIGABRT, signal_cb);
  signal (SIGTRAP, signal_cb);
}

int
main (int argc, char *argv[])
{
  unsigned count = DEFAULT_CHANGED_INPUTS;

  LLVMFuzzerInitialize (&argc, &argv);
  if (argc < 2 || argc > 3)
    {
      g_printerr ("usage: %s CORPUS-FOLDER [CHANGED-INPUTS] | FILE\n", argv[0]);
      return 2;
    }
  if (argc == 3)
    count = (unsigned) g_ascii_strtoull (argv[2], NULL, 10);
  watch_for_death (argv[0]);
  if (!g_file_test (argv[1], G_FILE_TEST_IS_DIR))
    {
      g_autoptr (GByteArray) input = load (argv[1]);

      run_input (input->data, input->len);
      return 0;
    }
  return run_folder (argv[1], count);
}
