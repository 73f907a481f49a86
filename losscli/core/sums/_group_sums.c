/* Exact sums of floats by group, in C: what exact_array.py does with NumPy, and the same whole numbers.

   A finite float is m x 2^e with a whole m of at most 53 bits, and a product of two floats one of at most 106. Such a
   number is cut into digits of 40 bits on the grid of exact_array.py, and each digit is added to that of the row's
   group. Nothing is rounded, so the sums are those of any other exact method.

   losscli works without this module, which is compiled where there is a C compiler (compiled.py). */

#define Py_LIMITED_API 0x030B0000
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

#define BITS 40   /* of a digit */
#define OFFSET 10 /* digit 0 counts 2^10 */
#define MASK (((uint64_t)1 << BITS) - 1)
#define FARTHEST 64 /* places from 0, up or down; products of floats stay within */
#define OF_VALUE 3  /* digits at most */
#define OF_PRODUCT 4
#define COUNTS 8 /* at most */
#define AHEAD 16 /* rows before its turn, the memory of a row's group is asked for */

typedef unsigned __int128 wide;

typedef struct { /* the digits of a sum, by place + FARTHEST */
    int64_t column[2 * FARTHEST];
    uint64_t without[2 * FARTHEST]; /* all bits set at places without a column, whose zeros are added to another one */
    int given;
} Digits;

typedef struct { /* numbers of groups: that of a column stands at memory + group * step + column */
    char *memory;
    int64_t step, groups, highest;
    int64_t count[COUNTS]; /* columns that count rows */
    int counts;
    Digits sums, products;
    Py_buffer views[COUNTS + 4 * FARTHEST];
    int taken;
} Numbers;

/* The column that an array of int64 with one axis is: all arrays have the same step from group to group. */
static int take_column(Numbers *numbers, PyObject *array, int64_t *column)
{
    Py_buffer *view = &numbers->views[numbers->taken];

    if (PyObject_GetBuffer(array, view, PyBUF_STRIDED) < 0)
        return -1;
    if (numbers->taken++ == 0) {
        numbers->memory = view->buf;
        numbers->step = view->ndim == 1 ? view->strides[0] : 0;
    }
    if (view->ndim != 1 || view->itemsize != 8 || view->strides[0] != numbers->step) {
        PyErr_SetString(PyExc_ValueError, "not columns of whole numbers");
        return -1;
    }
    *column = (char *)view->buf - numbers->memory;
    if (*column > numbers->highest)
        numbers->highest = *column;
    if (view->shape[0] < numbers->groups)
        numbers->groups = view->shape[0];
    return 0;
}

/* The digits of a dict {place: array}, or none of None. */
static int take_digits(Numbers *numbers, PyObject *dict, Digits *digits)
{
    PyObject *key, *array;
    Py_ssize_t at = 0;
    int64_t any = 0;

    digits->given = dict != Py_None;
    if (!digits->given)
        return 0;
    if (!PyDict_Check(dict)) {
        PyErr_SetString(PyExc_TypeError, "digits are a dict");
        return -1;
    }
    for (int k = 0; k < 2 * FARTHEST; k++)
        digits->without[k] = ~(uint64_t)0;
    while (PyDict_Next(dict, &at, &key, &array)) {
        long place = PyLong_AsLong(key);

        if (place < -FARTHEST || place >= FARTHEST || !digits->without[place + FARTHEST]) {
            PyErr_SetString(PyExc_ValueError, "no such place");
            return -1;
        }
        if (take_column(numbers, array, &any) < 0)
            return -1;
        digits->column[place + FARTHEST] = any;
        digits->without[place + FARTHEST] = 0;
    }
    for (int k = 0; k < 2 * FARTHEST; k++)
        if (digits->without[k])
            digits->column[k] = any;
    return 0;
}

/* The magnitude of a finite float as m x 2^e. */
static inline uint64_t magnitude(uint64_t bits, int *e)
{
    int exponent = (int)(bits >> 52) & 0x7FF;
    uint64_t m = bits & (((uint64_t)1 << 52) - 1);

    *e = exponent ? exponent - 1075 : -1074;
    return exponent ? m | (uint64_t)1 << 52 : m;
}

/* Cut m x 2^e into digits, and give the lowest place, plus FARTHEST. `lost` is not 0 if there are places without a
   column for some of them. */
static inline unsigned cut(wide m, int e, uint64_t *cuts, int count, const Digits *digits, uint64_t *lost)
{
    unsigned from_lowest = (unsigned)(e - OFFSET + BITS * FARTHEST); /* never negative */
    unsigned place = from_lowest / BITS, shift = from_lowest % BITS;

    cuts[0] = ((uint64_t)m << shift) & MASK;
    m >>= BITS - shift;
    for (int k = 1; k < count; k++, m >>= BITS)
        cuts[k] = (uint64_t)m & MASK;
    for (int k = 0; k < count; k++)
        *lost |= cuts[k] & digits->without[place + k];
    return place;
}

/* Add digits to those of a group, or take them away. Nothing here branches on data: guesses would often be wrong. */
static inline void add_cuts(char *group, unsigned place, const uint64_t *cuts, int count, const Digits *digits,
                            uint64_t negative)
{
    for (int k = 0; k < count; k++)
        *(int64_t *)(group + digits->column[place + k]) += (int64_t)((cuts[k] ^ (0 - negative)) + negative);
}

/* Add rows from `row` on: 1 to each count, a to the sums, a b to the products. It ends early where a row has a digit at a
   place that has no column. The row it came to; -1 where a group is none or a value not finite. */
static inline Py_ssize_t add_rows(const Numbers *numbers, int sums, int products, const int64_t *group,
                                  const uint64_t *a, const uint64_t *b, Py_ssize_t row, Py_ssize_t rows)
{
    const uint64_t infinite = (uint64_t)0x7FF << 52;

    for (; row < rows; row++) {
        int of_a, of_b = 0;
        unsigned place = 0, of_product = 0;
        uint64_t m, cuts[OF_VALUE], product[OF_PRODUCT], lost = 0;
        char *memory;
        wide whole;

#ifdef __GNUC__
        if (row + AHEAD < rows) {
            char *soon = numbers->memory + group[row + AHEAD] * numbers->step;
            __builtin_prefetch(soon, 1);
            __builtin_prefetch(soon + numbers->highest, 1);
        }
#endif
        if ((uint64_t)group[row] >= (uint64_t)numbers->groups || (a[row] & infinite) == infinite)
            return -1;
        memory = numbers->memory + group[row] * numbers->step;
        m = magnitude(a[row], &of_a);
        if (sums)
            place = cut(m, of_a, cuts, OF_VALUE, &numbers->sums, &lost);
        if (products) {
            if ((b[row] & infinite) == infinite)
                return -1;
            whole = (wide)m * magnitude(b[row], &of_b);
            of_product = cut(whole, of_a + of_b, product, OF_PRODUCT, &numbers->products, &lost);
        }
        if (lost)
            break;
        for (int k = 0; k < numbers->counts; k++)
            ++*(int64_t *)(memory + numbers->count[k]);
        if (sums)
            add_cuts(memory, place, cuts, OF_VALUE, &numbers->sums, a[row] >> 63);
        if (products)
            add_cuts(memory, of_product, product, OF_PRODUCT, &numbers->products, (a[row] ^ b[row]) >> 63);
    }
    return row;
}

/* The places of digits that a row has and that have no column: as (row, [place of sums], [place of products]). */
static PyObject *missing_places(const Numbers *numbers, Py_ssize_t row, uint64_t a, uint64_t b)
{
    PyObject *lists[2] = {PyList_New(0), PyList_New(0)}, *result = NULL;
    int of_a, of_b, failed = !lists[0] || !lists[1];
    uint64_t m = magnitude(a, &of_a), of_second = magnitude(b, &of_b), lost = 0;

    for (int which = 0; which < 2 && !failed; which++) {
        const Digits *digits = which ? &numbers->products : &numbers->sums;
        uint64_t cuts[OF_PRODUCT];
        unsigned place;

        if (!digits->given)
            continue;
        if (which)
            place = cut((wide)m * of_second, of_a + of_b, cuts, OF_PRODUCT, digits, &lost);
        else
            place = cut(m, of_a, cuts, OF_VALUE, digits, &lost);
        for (int k = 0; k < (which ? OF_PRODUCT : OF_VALUE) && !failed; k++)
            if (cuts[k] & digits->without[place + k]) {
                PyObject *number = PyLong_FromLong((long)place + k - FARTHEST);
                failed = !number || PyList_Append(lists[which], number) < 0;
                Py_XDECREF(number);
            }
    }
    if (!failed)
        result = Py_BuildValue("nOO", row, lists[0], lists[1]);
    Py_XDECREF(lists[0]);
    Py_XDECREF(lists[1]);
    return result;
}

static int take_counts(Numbers *numbers, PyObject *list)
{
    Py_ssize_t count = PyList_Size(list);

    if (count > COUNTS) {
        PyErr_SetString(PyExc_ValueError, "too many counts");
        return -1;
    }
    for (; numbers->counts < count; numbers->counts++)
        if (take_column(numbers, PyList_GetItem(list, numbers->counts), &numbers->count[numbers->counts]) < 0)
            return -1;
    return 0;
}

/* add(counts, sums, products, group, a, b, row): from a row on, add 1 to the counts, a list of arrays, a to the sums and
   a b to the products, each a dict {place: array} or None. None once all rows are added; otherwise (row, places of sums,
   places of products): that row and those after it are not added yet, since it has digits at places without arrays. */
static PyObject *add(PyObject *Py_UNUSED(module), PyObject *args)
{
    PyObject *counts, *sums, *products, *result = NULL;
    Py_buffer group, a, b;
    Py_ssize_t row, rows;
    int64_t nowhere = 0; /* that zeros are added to where there is no column yet */
    Numbers numbers;

    if (!PyArg_ParseTuple(args, "O!OOy*y*y*n", &PyList_Type, &counts, &sums, &products, &group, &a, &b, &row))
        return NULL;
    numbers.memory = (char *)&nowhere;
    numbers.step = numbers.highest = numbers.counts = numbers.taken = 0;
    numbers.groups = INT64_MAX;
    rows = group.len / 8;
    if (a.len != group.len || b.len != group.len || row < 0) {
        PyErr_SetString(PyExc_ValueError, "arrays of different lengths");
        goto end;
    }
    if (take_counts(&numbers, counts) < 0 || take_digits(&numbers, sums, &numbers.sums) < 0 ||
        take_digits(&numbers, products, &numbers.products) < 0)
        goto end;
    Py_BEGIN_ALLOW_THREADS
    if (!numbers.sums.given)
        row = add_rows(&numbers, 0, numbers.products.given, group.buf, a.buf, b.buf, row, rows);
    else if (!numbers.products.given)
        row = add_rows(&numbers, 1, 0, group.buf, a.buf, b.buf, row, rows);
    else
        row = add_rows(&numbers, 1, 1, group.buf, a.buf, b.buf, row, rows);
    Py_END_ALLOW_THREADS
    if (row < 0)
        PyErr_SetString(PyExc_ValueError, "a group that is none, or a value that is not finite");
    else if (row == rows)
        result = Py_NewRef(Py_None);
    else
        result = missing_places(&numbers, row, ((uint64_t *)a.buf)[row], ((uint64_t *)b.buf)[row]);
end:
    while (numbers.taken)
        PyBuffer_Release(&numbers.views[--numbers.taken]);
    PyBuffer_Release(&b);
    PyBuffer_Release(&a);
    PyBuffer_Release(&group);
    return result;
}

static PyMethodDef methods[] = {
    {"add", add, METH_VARARGS, "add(counts, sums, products, group, a, b, row): add rows to the numbers of their groups."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT, "_group_sums", "Exact sums of floats by group.", 0, methods, NULL, NULL, NULL, NULL,
};

PyMODINIT_FUNC PyInit__group_sums(void)
{
    PyObject *module = PyModule_Create(&definition);

    if (module && PyModule_AddIntConstant(module, "INTERFACE", 1) < 0)
        Py_CLEAR(module);
    return module;
}
